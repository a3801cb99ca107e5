/* SPDX-License-Identifier: MIT */
/* function_engineering.c - bits, steps, and units of measure. */
#include <math.h>
#include <string.h>

#include "sheet/book/function.h"

/* ---- bits ---------------------------------------------------------------------------------------
 */

static const double bits_end = 0x1p48; /* whole numbers below it have bits */
enum { SHIFT_MAX = 53 };

static bool read_bits(const struct call *call, unsigned i, uint64_t *bits)
{
    double number = call_number(call, i);
    *bits = number >= 0 && number < bits_end ? (uint64_t)number : 0;
    return number >= 0 && number < bits_end && number == floor(number);
}

static struct operand combine(struct call *call, char how)
{
    uint64_t a, b;
    if (!read_bits(call, 0, &a) || !read_bits(call, 1, &b))
        return operand_error(ERROR_NUM);
    return operand_number((double)(how == '&' ? a & b : how == '|' ? a | b : a ^ b));
}

static struct operand do_bitand(struct call *call)
{
    return combine(call, '&');
}

static struct operand do_bitor(struct call *call)
{
    return combine(call, '|');
}

static struct operand do_bitxor(struct call *call)
{
    return combine(call, '^');
}

static struct operand shift(struct call *call, int direction)
{
    uint64_t bits;
    double places = call_number(call, 1);
    if (!read_bits(call, 0, &bits) || !(fabs(places) <= SHIFT_MAX))
        return operand_error(ERROR_NUM);
    double shifted = floor(ldexp((double)bits, direction * (int)places));
    return shifted < bits_end ? operand_number(shifted) : operand_error(ERROR_NUM);
}

static struct operand do_bitlshift(struct call *call)
{
    return shift(call, 1);
}

static struct operand do_bitrshift(struct call *call)
{
    return shift(call, -1);
}

/* ---- steps --------------------------------------------------------------------------------------
 */

static struct operand do_delta(struct call *call)
{
    return operand_number(call_number(call, 0) == call_number_or(call, 1, 0));
}

static struct operand do_gestep(struct call *call)
{
    return operand_number(call_number(call, 0) >= call_number_or(call, 1, 0));
}

/* ---- units --------------------------------------------------------------------------------------
 *
 * Each is so many of the first one of its kind. Temperatures have an offset as well, and are apart.
 */

enum kind {
    MASS,
    DISTANCE,
    TIME,
    PRESSURE,
    FORCE,
    ENERGY,
    POWER,
    MAGNETISM,
    TEMPERATURE,
    VOLUME,
    AREA,
    INFORMATION,
    SPEED
};

enum prefixes { NO_PREFIX, PREFIX, SQUARE_PREFIX, CUBE_PREFIX, BINARY_PREFIX };

struct unit {
    const char *name;
    enum kind kind;
    double factor;
    enum prefixes prefixes;
};

#define INCH 0.0254
#define FOOT (12 * INCH)
#define YARD (3 * FOOT)
#define MILE (5280 * FOOT)
#define NAUTICAL_MILE 1852.0
#define SURVEY_MILE (5280 * (1200.0 / 3937))
#define PICA_POINT (INCH / 72)
#define LIGHT_YEAR 9460730472580800.0
#define PARSEC 3.08567758128155e16
#define POUND 453.59237
#define GRAVITY 9.80665
#define GALLON (231 * INCH * INCH * INCH * 1000)
#define UK_GALLON 4.54609
#define CALORIE 4.1868
#define HORSEPOWER (550 * FOOT * POUND / 1000 * GRAVITY)
#define CUBE(x) ((x) * (x) * (x)*1000)
#define SQUARE(x) ((x) * (x))

static const struct unit units[] = {
    {"g", MASS, 1, PREFIX},
    {"sg", MASS, POUND *GRAVITY / FOOT, NO_PREFIX},
    {"lbm", MASS, POUND, NO_PREFIX},
    {"u", MASS, 1.66053906660e-24, PREFIX},
    {"ozm", MASS, POUND / 16, NO_PREFIX},
    {"grain", MASS, POUND / 7000, NO_PREFIX},
    {"cwt", MASS, 100 * POUND, NO_PREFIX},
    {"shweight", MASS, 100 * POUND, NO_PREFIX},
    {"uk_cwt", MASS, 112 * POUND, NO_PREFIX},
    {"lcwt", MASS, 112 * POUND, NO_PREFIX},
    {"hweight", MASS, 112 * POUND, NO_PREFIX},
    {"stone", MASS, 14 * POUND, NO_PREFIX},
    {"ton", MASS, 2000 * POUND, NO_PREFIX},
    {"uk_ton", MASS, 2240 * POUND, NO_PREFIX},
    {"LTON", MASS, 2240 * POUND, NO_PREFIX},
    {"brton", MASS, 2240 * POUND, NO_PREFIX},
    {"m", DISTANCE, 1, PREFIX},
    {"mi", DISTANCE, MILE, NO_PREFIX},
    {"Nmi", DISTANCE, NAUTICAL_MILE, NO_PREFIX},
    {"in", DISTANCE, INCH, NO_PREFIX},
    {"ft", DISTANCE, FOOT, NO_PREFIX},
    {"yd", DISTANCE, YARD, NO_PREFIX},
    {"ang", DISTANCE, 1e-10, PREFIX},
    {"ell", DISTANCE, 45 * INCH, NO_PREFIX},
    {"ly", DISTANCE, LIGHT_YEAR, PREFIX},
    {"parsec", DISTANCE, PARSEC, PREFIX},
    {"pc", DISTANCE, PARSEC, PREFIX},
    {"Picapt", DISTANCE, PICA_POINT, NO_PREFIX},
    {"Pica", DISTANCE, PICA_POINT, NO_PREFIX},
    {"pica", DISTANCE, INCH / 6, NO_PREFIX},
    {"survey_mi", DISTANCE, SURVEY_MILE, NO_PREFIX},
    {"sec", TIME, 1, PREFIX},
    {"s", TIME, 1, PREFIX},
    {"mn", TIME, 60, NO_PREFIX},
    {"min", TIME, 60, NO_PREFIX},
    {"hr", TIME, 3600, NO_PREFIX},
    {"day", TIME, 86400, NO_PREFIX},
    {"d", TIME, 86400, NO_PREFIX},
    {"yr", TIME, 365.25 * 86400, NO_PREFIX},
    {"Pa", PRESSURE, 1, PREFIX},
    {"p", PRESSURE, 1, PREFIX},
    {"atm", PRESSURE, 101325, PREFIX},
    {"at", PRESSURE, 101325, PREFIX},
    {"mmHg", PRESSURE, 133.322, PREFIX},
    {"psi", PRESSURE, POUND / 1000 * GRAVITY / SQUARE(INCH), NO_PREFIX},
    {"Torr", PRESSURE, 101325.0 / 760, NO_PREFIX},
    {"N", FORCE, 1, PREFIX},
    {"dyn", FORCE, 1e-5, PREFIX},
    {"dy", FORCE, 1e-5, PREFIX},
    {"lbf", FORCE, POUND / 1000 * GRAVITY, NO_PREFIX},
    {"pond", FORCE, GRAVITY / 1000, PREFIX},
    {"J", ENERGY, 1, PREFIX},
    {"e", ENERGY, 1e-7, PREFIX},
    {"c", ENERGY, 4.184, PREFIX},
    {"cal", ENERGY, CALORIE, PREFIX},
    {"eV", ENERGY, 1.602176487e-19, PREFIX},
    {"ev", ENERGY, 1.602176487e-19, PREFIX},
    {"HPh", ENERGY, HORSEPOWER * 3600, NO_PREFIX},
    {"hh", ENERGY, HORSEPOWER * 3600, NO_PREFIX},
    {"Wh", ENERGY, 3600, PREFIX},
    {"wh", ENERGY, 3600, PREFIX},
    {"flb", ENERGY, POUND / 1000 * GRAVITY *FOOT, NO_PREFIX},
    {"BTU", ENERGY, 1055.05585262, NO_PREFIX},
    {"btu", ENERGY, 1055.05585262, NO_PREFIX},
    {"W", POWER, 1, PREFIX},
    {"w", POWER, 1, PREFIX},
    {"HP", POWER, HORSEPOWER, NO_PREFIX},
    {"h", POWER, HORSEPOWER, NO_PREFIX},
    {"PS", POWER, 75 * GRAVITY, NO_PREFIX},
    {"T", MAGNETISM, 1, PREFIX},
    {"ga", MAGNETISM, 1e-4, PREFIX},
    {"C", TEMPERATURE, 1, NO_PREFIX},
    {"cel", TEMPERATURE, 1, NO_PREFIX},
    {"F", TEMPERATURE, 5.0 / 9, NO_PREFIX},
    {"fah", TEMPERATURE, 5.0 / 9, NO_PREFIX},
    {"K", TEMPERATURE, 1, PREFIX},
    {"kel", TEMPERATURE, 1, PREFIX},
    {"Rank", TEMPERATURE, 5.0 / 9, NO_PREFIX},
    {"Reau", TEMPERATURE, 1.25, NO_PREFIX},
    {"l", VOLUME, 1, PREFIX},
    {"L", VOLUME, 1, PREFIX},
    {"lt", VOLUME, 1, PREFIX},
    {"tsp", VOLUME, GALLON / 768, NO_PREFIX},
    {"tspm", VOLUME, 0.005, NO_PREFIX},
    {"tbs", VOLUME, GALLON / 256, NO_PREFIX},
    {"oz", VOLUME, GALLON / 128, NO_PREFIX},
    {"cup", VOLUME, GALLON / 16, NO_PREFIX},
    {"pt", VOLUME, GALLON / 8, NO_PREFIX},
    {"us_pt", VOLUME, GALLON / 8, NO_PREFIX},
    {"uk_pt", VOLUME, UK_GALLON / 8, NO_PREFIX},
    {"qt", VOLUME, GALLON / 4, NO_PREFIX},
    {"uk_qt", VOLUME, UK_GALLON / 4, NO_PREFIX},
    {"gal", VOLUME, GALLON, NO_PREFIX},
    {"uk_gal", VOLUME, UK_GALLON, NO_PREFIX},
    {"ang3", VOLUME, 1e-27, CUBE_PREFIX},
    {"ang^3", VOLUME, 1e-27, CUBE_PREFIX},
    {"barrel", VOLUME, 42 * GALLON, NO_PREFIX},
    {"bushel", VOLUME, 2150.42 * CUBE(INCH), NO_PREFIX},
    {"ft3", VOLUME, CUBE(FOOT), NO_PREFIX},
    {"ft^3", VOLUME, CUBE(FOOT), NO_PREFIX},
    {"in3", VOLUME, CUBE(INCH), NO_PREFIX},
    {"in^3", VOLUME, CUBE(INCH), NO_PREFIX},
    {"ly3", VOLUME, CUBE(LIGHT_YEAR), NO_PREFIX},
    {"ly^3", VOLUME, CUBE(LIGHT_YEAR), NO_PREFIX},
    {"m3", VOLUME, 1000, CUBE_PREFIX},
    {"m^3", VOLUME, 1000, CUBE_PREFIX},
    {"mi3", VOLUME, CUBE(MILE), NO_PREFIX},
    {"mi^3", VOLUME, CUBE(MILE), NO_PREFIX},
    {"yd3", VOLUME, CUBE(YARD), NO_PREFIX},
    {"yd^3", VOLUME, CUBE(YARD), NO_PREFIX},
    {"Nmi3", VOLUME, CUBE(NAUTICAL_MILE), NO_PREFIX},
    {"Nmi^3", VOLUME, CUBE(NAUTICAL_MILE), NO_PREFIX},
    {"Picapt3", VOLUME, CUBE(PICA_POINT), NO_PREFIX},
    {"Picapt^3", VOLUME, CUBE(PICA_POINT), NO_PREFIX},
    {"Pica3", VOLUME, CUBE(PICA_POINT), NO_PREFIX},
    {"Pica^3", VOLUME, CUBE(PICA_POINT), NO_PREFIX},
    {"GRT", VOLUME, 100 * CUBE(FOOT), NO_PREFIX},
    {"regton", VOLUME, 100 * CUBE(FOOT), NO_PREFIX},
    {"MTON", VOLUME, 40 * CUBE(FOOT), NO_PREFIX},
    {"m2", AREA, 1, SQUARE_PREFIX},
    {"m^2", AREA, 1, SQUARE_PREFIX},
    {"uk_acre", AREA, 4840 * SQUARE(YARD), NO_PREFIX},
    {"us_acre", AREA, SQUARE(SURVEY_MILE) / 640, NO_PREFIX},
    {"ang2", AREA, 1e-20, SQUARE_PREFIX},
    {"ang^2", AREA, 1e-20, SQUARE_PREFIX},
    {"ar", AREA, 100, PREFIX},
    {"ft2", AREA, SQUARE(FOOT), NO_PREFIX},
    {"ft^2", AREA, SQUARE(FOOT), NO_PREFIX},
    {"ha", AREA, 10000, NO_PREFIX},
    {"in2", AREA, SQUARE(INCH), NO_PREFIX},
    {"in^2", AREA, SQUARE(INCH), NO_PREFIX},
    {"ly2", AREA, SQUARE(LIGHT_YEAR), NO_PREFIX},
    {"ly^2", AREA, SQUARE(LIGHT_YEAR), NO_PREFIX},
    {"Morgen", AREA, 2500, NO_PREFIX},
    {"mi2", AREA, SQUARE(MILE), NO_PREFIX},
    {"mi^2", AREA, SQUARE(MILE), NO_PREFIX},
    {"Nmi2", AREA, SQUARE(NAUTICAL_MILE), NO_PREFIX},
    {"Nmi^2", AREA, SQUARE(NAUTICAL_MILE), NO_PREFIX},
    {"Picapt2", AREA, SQUARE(PICA_POINT), NO_PREFIX},
    {"Picapt^2", AREA, SQUARE(PICA_POINT), NO_PREFIX},
    {"Pica2", AREA, SQUARE(PICA_POINT), NO_PREFIX},
    {"Pica^2", AREA, SQUARE(PICA_POINT), NO_PREFIX},
    {"yd2", AREA, SQUARE(YARD), NO_PREFIX},
    {"yd^2", AREA, SQUARE(YARD), NO_PREFIX},
    {"bit", INFORMATION, 1, BINARY_PREFIX},
    {"byte", INFORMATION, 8, BINARY_PREFIX},
    {"m/s", SPEED, 1, PREFIX},
    {"m/sec", SPEED, 1, PREFIX},
    {"m/h", SPEED, 1.0 / 3600, PREFIX},
    {"m/hr", SPEED, 1.0 / 3600, PREFIX},
    {"mph", SPEED, MILE / 3600, NO_PREFIX},
    {"kn", SPEED, NAUTICAL_MILE / 3600, NO_PREFIX},
    {"admkn", SPEED, 6080 * FOOT / 3600, NO_PREFIX},
};

struct prefix {
    const char *name;
    double factor;
    bool is_binary;
};

static const struct prefix prefixes[] = {
    {"Yi", 0x1p80, true}, {"Zi", 0x1p70, true}, {"Ei", 0x1p60, true}, {"Pi", 0x1p50, true},
    {"Ti", 0x1p40, true}, {"Gi", 0x1p30, true}, {"Mi", 0x1p20, true}, {"ki", 0x1p10, true},
    {"da", 1e1, false},   {"Y", 1e24, false},   {"Z", 1e21, false},   {"E", 1e18, false},
    {"P", 1e15, false},   {"T", 1e12, false},   {"G", 1e9, false},    {"M", 1e6, false},
    {"k", 1e3, false},    {"h", 1e2, false},    {"e", 1e1, false},    {"d", 1e-1, false},
    {"c", 1e-2, false},   {"m", 1e-3, false},   {"u", 1e-6, false},   {"n", 1e-9, false},
    {"p", 1e-12, false},  {"f", 1e-15, false},  {"a", 1e-18, false},  {"z", 1e-21, false},
    {"y", 1e-24, false}};

static const struct unit *unit_named(const char *name, size_t name_bytes)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == name_bytes && memcmp(units[i].name, name, name_bytes) == 0)
            return &units[i];
    return NULL;
}

static double power_of(double factor, enum prefixes prefixes_of_unit)
{
    return prefixes_of_unit == SQUARE_PREFIX ? factor * factor
           : prefixes_of_unit == CUBE_PREFIX ? factor * factor * factor
                                             : factor;
}

/* A unit, or one with a prefix; factor: with that. */
static bool read_unit(struct value text, struct unit *unit)
{
    const struct unit *found = unit_named(text.text, text.text_bytes);
    if (found) {
        *unit = *found;
        return true;
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i].name);
        if (text.text_bytes <= length || memcmp(text.text, prefixes[i].name, length) != 0)
            continue;
        found = unit_named(text.text + length, text.text_bytes - length);
        if (!found || found->prefixes == NO_PREFIX ||
            (prefixes[i].is_binary && found->prefixes != BINARY_PREFIX))
            continue;
        *unit = *found;
        unit->factor *= power_of(prefixes[i].factor, found->prefixes);
        return true;
    }
    return false;
}

/* Where 0 degrees lie, in kelvins. */
static double zero_of(const struct unit *unit)
{
    switch (unit->name[0]) {
    case 'C':
    case 'c':
        return 273.15;
    case 'F':
    case 'f':
        return 459.67 * 5 / 9;
    default:
        return strcmp(unit->name, "Reau") == 0 ? 273.15 : 0;
    }
}

static struct operand do_convert(struct call *call)
{
    struct unit from, to;
    double number = call_number(call, 0);
    if (!read_unit(call->arguments[1].value, &from) || !read_unit(call->arguments[2].value, &to) ||
        from.kind != to.kind)
        return operand_error(ERROR_NA);
    if (strcmp(from.name, to.name) == 0 && from.factor == to.factor)
        return operand_number(number);
    if (from.kind != TEMPERATURE)
        return operand_number(number * (from.factor / to.factor));
    double kelvin = number * from.factor + zero_of(&from);
    return operand_number((kelvin - zero_of(&to)) / to.factor);
}

static const struct function functions[] = {
    {"BITAND", 2, 2, "nn", do_bitand, FUNCTION_IS_LATER, "BITAND(number, other)",
     "the bits that both have"},
    {"BITLSHIFT", 2, 2, "ni", do_bitlshift, FUNCTION_IS_LATER, "BITLSHIFT(number, places)",
     "bits moved to the left"},
    {"BITOR", 2, 2, "nn", do_bitor, FUNCTION_IS_LATER, "BITOR(number, other)",
     "the bits that any has"},
    {"BITRSHIFT", 2, 2, "ni", do_bitrshift, FUNCTION_IS_LATER, "BITRSHIFT(number, places)",
     "bits moved to the right"},
    {"BITXOR", 2, 2, "nn", do_bitxor, FUNCTION_IS_LATER, "BITXOR(number, other)",
     "the bits that one has and the other has not"},
    {"CONVERT", 3, 3, "ntt", do_convert, 0, "CONVERT(number, from, to)",
     "a measure in another unit"},
    {"DELTA", 1, 2, "nn", do_delta, 0, "DELTA(number, other)", "1 when they are equal, else 0"},
    {"GESTEP", 1, 2, "nn", do_gestep, 0, "GESTEP(number, step)",
     "1 when the number reaches the step, else 0"},
};

const struct function_list function_engineering = {functions, sizeof functions / sizeof *functions};
