/* SPDX-License-Identifier: MIT */
/* function_distribution.c - against closed forms and published values. */
#include "formulas.h"

START_TEST(normal)
{
    static const struct formula_case cases[] = {
        {"ROUND(NORM.DIST(42,40,1.5,TRUE),10)", "0.9087887803"},
        {"ROUND(NORM.DIST(42,40,1.5,FALSE),10)", "0.1093400498"},
        {"NORMDIST(0,0,0,TRUE)", "#NUM!"},
        {"NORM.DIST(\"x\",0,1,TRUE)", "#VALUE!"},
        {"NORM.DIST(#N/A,0,1,TRUE)", "#N/A"},
        {"NORMSDIST(0)", "0.5"},
        {"ROUND(NORM.S.DIST(1.333333,TRUE),9)", "0.908788726"},
        {"ROUND(NORM.S.DIST(1.333333,FALSE),9)", "0.164010148"},
        {"NORMSDIST(-37)>0", "TRUE"},
        {"NORMSDIST(-50)", "0"},
        {"ROUND(NORM.INV(0.908789,40,1.5),6)", "42.000002"},
        {"NORMINV(0,0,1)", "#NUM!"},
        {"NORMINV(1,0,1)", "#NUM!"},
        {"NORMINV(0.5,7,2)", "7"},
        {"NORM.INV(0.5,7,0)", "#NUM!"},
        {"ROUND(NORMSINV(0.975),10)", "1.9599639845"},
        {"ROUND(NORM.S.INV(1E-300),8)", "-37.0470963"},
        {"ABS(NORMSDIST(NORMSINV(1E-20))/1E-20-1)<1E-12", "TRUE"},
        {"NORM.S.INV(0.5)", "0"},
        {"ROUND(PHI(0.75),9)", "0.301137432"},
        {"ROUND(GAUSS(2),9)", "0.477249868"},
        {"ROUND(STANDARDIZE(42,40,1.5),9)", "1.333333333"},
        {"STANDARDIZE(1,0,0)", "#NUM!"},
        {"ROUND(LOGNORM.DIST(4,3.5,1.2,TRUE),9)", "0.039083556"},
        {"ROUND(LOGNORM.DIST(4,3.5,1.2,FALSE),9)", "0.017617597"},
        {"ROUND(LOGNORMDIST(4,3.5,1.2),9)", "0.039083556"},
        {"LOGNORM.DIST(0,1,1,TRUE)", "#NUM!"},
        {"ROUND(LOGNORM.INV(0.039084,3.5,1.2),6)", "4.000025"},
        {"LOGINV(1,0,1)", "#NUM!"},
        {"ROUND(CONFIDENCE(0.05,2.5,50),9)", "0.692951912"},
        {"CONFIDENCE.NORM(0,1,1)", "#NUM!"},
        {"ROUND(CONFIDENCE.T(0.05,1,50),9)", "0.284196855"},
        {"CONFIDENCE.T(0.05,1,1)", "#DIV/0!"},
        {"ROUND(ERF(0.745),9)", "0.70792892"},
        {"ROUND(ERF(1),9)", "0.842700793"},
        {"ROUND(ERF(0.5,1),9)", "0.322200915"},
        {"ROUND(ERFC(1),9)", "0.157299207"},
        {"ERFC.PRECISE(0)", "1"},
        {"ROUND(ERF.PRECISE(-1),9)", "-0.842700793"},
        {"ROUND(FISHER(0.75),9)", "0.972955075"},
        {"FISHER(1)", "#NUM!"},
        {"ROUND(FISHERINV(0.972955),6)", "0.75"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(gamma_chi)
{
    static const struct formula_case cases[] = {
        {"ROUND(GAMMA(2.5),9)", "1.329340388"},
        {"GAMMA(5)", "24"},
        {"ROUND(GAMMA(-3.75),9)", "0.267866129"},
        {"GAMMA(0)", "#NUM!"},
        {"GAMMA(-2)", "#NUM!"},
        {"GAMMA(172)", "#NUM!"},
        {"ROUND(GAMMALN(4),9)", "1.791759469"},
        {"GAMMALN(0)", "#NUM!"},
        {"GAMMALN.PRECISE(1)", "0"},
        {"ROUND(GAMMA.DIST(10.00001131,9,2,FALSE),9)", "0.03263913"},
        {"ROUND(GAMMA.DIST(10.00001131,9,2,TRUE),9)", "0.068094004"},
        {"ROUND(GAMMADIST(3,1,1,TRUE)-(1-EXP(-3)),14)", "0"},
        {"GAMMADIST(-1,1,1,TRUE)", "#NUM!"},
        {"GAMMADIST(1,0,1,TRUE)", "#NUM!"},
        {"ROUND(GAMMA.INV(0.068094,9,2),6)", "10.000011"},
        {"GAMMAINV(0,1,1)", "0"},
        {"GAMMAINV(1,1,1)", "#NUM!"},
        {"ROUND(CHISQ.DIST(0.5,1,TRUE),9)", "0.520499878"},
        {"ROUND(CHISQ.DIST(2,3,FALSE),9)", "0.207553749"},
        {"ROUND(CHISQ.DIST.RT(18.307,10),9)", "0.050000589"},
        {"ROUND(CHIDIST(2,2)-EXP(-1),14)", "0"},
        {"CHIDIST(1,0)", "#NUM!"},
        {"CHIDIST(-1,1)", "#NUM!"},
        {"ROUND(CHISQ.INV(0.93,1),9)", "3.283020287"},
        {"ROUND(CHISQ.INV.RT(0.050001,10),6)", "18.306973"},
        {"CHIINV(0,1)", "#NUM!"},
        {"CHISQ.INV(1,1)", "#NUM!"},
        {"ABS(CHIDIST(1E6,1E6)-0.4998)<0.0001", "TRUE"},
        {"ROUND(EXPON.DIST(0.2,10,TRUE),9)", "0.864664717"},
        {"ROUND(EXPONDIST(0.2,10,FALSE),9)", "1.353352832"},
        {"EXPONDIST(-1,1,TRUE)", "#NUM!"},
        {"EXPONDIST(1,0,TRUE)", "#NUM!"},
        {"ROUND(WEIBULL.DIST(105,20,100,TRUE),9)", "0.92958139"},
        {"ROUND(WEIBULL(105,20,100,FALSE),9)", "0.035588864"},
        {"WEIBULL(1,0,1,TRUE)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(beta_t_f)
{
    static const struct formula_case cases[] = {
        {"ROUND(BETA.DIST(2,8,10,TRUE,1,3),9)", "0.685470581"},
        {"ROUND(BETA.DIST(2,8,10,FALSE,1,3),9)", "1.483764648"},
        {"ROUND(BETADIST(2,8,10,1,3),9)", "0.685470581"},
        {"BETADIST(4,8,10,1,3)", "#NUM!"},
        {"BETADIST(0.5,0,1)", "#NUM!"},
        {"BETADIST(0.25,1,1)", "0.25"},
        {"ROUND(BETADIST(0.3,2,1),12)", "0.09"},
        {"ROUND(BETA.INV(0.685470581,8,10,1,3),8)", "2"},
        {"BETAINV(1,8,10)", "1"},
        {"BETAINV(0,8,10)", "#NUM!"},
        {"ROUND(T.DIST(1,1,TRUE),12)", "0.75"},
        {"ROUND(T.DIST(60,1,TRUE),9)", "0.994695326"},
        {"ROUND(T.DIST(8,3,FALSE),9)", "0.000736907"},
        {"ROUND(T.DIST.2T(1.959999998,60),8)", "0.05464493"},
        {"ROUND(T.DIST.RT(1.959999998,60),9)", "0.027322465"},
        {"ROUND(TDIST(1.959999998,60,2),8)", "0.05464493"},
        {"TDIST(-1,60,2)", "#NUM!"},
        {"TDIST(1,60,3)", "#NUM!"},
        {"T.DIST(1,0,TRUE)", "#NUM!"},
        {"T.DIST.2T(-1,5)", "#NUM!"},
        {"ROUND(T.DIST.RT(-1,1),12)", "0.75"},
        {"ROUND(T.INV(0.75,2),9)", "0.816496581"},
        {"ROUND(T.INV(0.25,2),9)", "-0.816496581"},
        {"T.INV(0.5,2)", "0"},
        {"T.INV(0,2)", "#NUM!"},
        {"ROUND(T.INV.2T(0.546449,60),6)", "0.606533"},
        {"ROUND(TINV(0.05,10),9)", "2.228138852"},
        {"TINV(0,10)", "#NUM!"},
        {"ROUND(F.DIST(15.2069,6,4,TRUE),9)", "0.990000043"},
        {"ROUND(F.DIST(15.2069,6,4,FALSE),9)", "0.001223792"},
        {"ROUND(F.DIST.RT(15.20686486,6,4),8)", "0.01"},
        {"ROUND(FDIST(1,2,2),12)", "0.5"},
        {"FDIST(-1,2,2)", "#NUM!"},
        {"FDIST(1,0,2)", "#NUM!"},
        {"ROUND(F.INV(0.01,6,4),8)", "0.10930991"},
        {"ROUND(F.INV.RT(0.01,6,4),6)", "15.206865"},
        {"ROUND(FINV(0.5,2,2),12)", "1"},
        {"FINV(0,2,2)", "#NUM!"},
        {"F.INV(1,2,2)", "#NUM!"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

START_TEST(whole_numbers)
{
    static const struct formula_case cases[] = {
        {"ROUND(POISSON.DIST(2,5,TRUE),9)", "0.124652019"},
        {"ROUND(POISSON(2,5,FALSE),9)", "0.084224337"},
        {"POISSON(-1,5,TRUE)", "#NUM!"},
        {"POISSON(0,0,FALSE)", "1"},
        {"ROUND(POISSON(2.9,5,FALSE),9)", "0.084224337"},
        {"ROUND(POISSON(1000000,1000000,FALSE),12)", "0.000398942247"},
        {"ROUND(BINOM.DIST(6,10,0.5,FALSE),10)", "0.205078125"},
        {"ROUND(BINOMDIST(6,10,0.5,TRUE),10)", "0.828125"},
        {"BINOMDIST(11,10,0.5,TRUE)", "#NUM!"},
        {"BINOMDIST(1,10,2,TRUE)", "#NUM!"},
        {"BINOMDIST(0,10,0,FALSE)", "1"},
        {"BINOMDIST(10,10,1,FALSE)", "1"},
        {"BINOMDIST(10,10,0.3,TRUE)", "1"},
        {"ROUND(BINOM.DIST.RANGE(60,0.75,48),9)", "0.083974967"},
        {"ROUND(BINOM.DIST.RANGE(60,0.75,45,50),9)", "0.523629793"},
        {"BINOM.DIST.RANGE(60,0.75,50,45)", "#NUM!"},
        {"BINOM.INV(6,0.5,0.75)", "4"},
        {"CRITBINOM(100,0.5,1)", "100"},
        {"CRITBINOM(100,0.5,0)", "0"},
        {"CRITBINOM(100,0.5,1.1)", "#NUM!"},
        {"ROUND(NEGBINOM.DIST(10,5,0.25,TRUE),9)", "0.313514058"},
        {"ROUND(NEGBINOM.DIST(10,5,0.25,FALSE),9)", "0.05504866"},
        {"ROUND(NEGBINOMDIST(10,5,0.25),9)", "0.05504866"},
        {"NEGBINOMDIST(-1,5,0.25)", "#NUM!"},
        {"NEGBINOMDIST(1,0,0.25)", "#NUM!"},
        {"ROUND(HYPGEOM.DIST(1,4,8,20,TRUE),9)", "0.465428277"},
        {"ROUND(HYPGEOM.DIST(1,4,8,20,FALSE),9)", "0.363261094"},
        {"ROUND(HYPGEOMDIST(1,4,8,20),9)", "0.363261094"},
        {"HYPGEOMDIST(5,4,8,20)", "#NUM!"},
        {"HYPGEOMDIST(0,15,8,20)", "#NUM!"},
        {"ROUND(HYPGEOM.DIST(4,4,8,20,TRUE),12)", "1"},
    };
    check_formulas(cases, array_count(cases));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("function_distribution");
    TCase *test = test_case(suite, "function_distribution");
    tcase_add_checked_fixture(test, formulas_begin, formulas_end);
    tcase_add_test(test, normal);
    tcase_add_test(test, gamma_chi);
    tcase_add_test(test, beta_t_f);
    tcase_add_test(test, whole_numbers);
    return suite;
}

int main(void)
{
    return test_main(make_suite());
}
