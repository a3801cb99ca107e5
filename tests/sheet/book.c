/* SPDX-License-Identifier: MIT */
/* book.c - sheets, cells, and that texts and formulas are held as often as cells say. */
#include "sheet/book/book.h"

#include <stdlib.h>
#include <string.h>

#include "sheet/book/sheet_references.h"
#include "sheet/values/number_format.h"
#include "support.h"

static struct book *book;
static struct sheet *one;
static struct problem problem;

static void open_book(void)
{
    book = book_new(STEPPE_NO_LIMIT, &problem);
    require(book, "%s", problem.text);
    one = book_add_sheet(book, "One", SIZE_MAX, &problem);
    require(one, "%s", problem.text);
}

static void close_book(void)
{
    book_free(book);
    book_free(NULL);
}

static struct position at(const char *name)
{
    struct position position;
    require_equal(position_read(name, &position, NULL), strlen(name));
    return position;
}

static struct sheet *add(const char *name)
{
    struct sheet *sheet = book_add_sheet(book, name, SIZE_MAX, &problem);
    require(sheet, "%s", problem.text);
    return sheet;
}

static struct sheet *find(const char *name)
{
    return book_find_sheet(book, name, strlen(name));
}

static void type(struct sheet *sheet, const char *name, const char *text)
{
    require(cell_type(book, sheet, at(name), text, &problem), "%s: %s", text, problem.text);
}

static void require_source(const struct sheet *sheet, const char *name, const char *expected)
{
    char *source = cell_source(book, sheet, at(name));
    require(source && !strcmp(source, expected), "%s: %s, not %s", name, source, expected);
    free(source);
}

static struct value value_at(const char *name)
{
    return cell_value(book, grid_at(one->grid, at(name)));
}

/* ---- sheets -----------------------------------------------------------------------------------
 */

static void require_order(const char *expected)
{
    char order[256] = "";
    for (size_t place = 0; place < book->sheet_count; place++) {
        struct sheet *sheet = book->sheets[place];
        strcat(order, sheet_name(book, sheet));
        strcat(order, place == book->active ? "* " : " ");
        require_equal(book_place_of(book, sheet), place);
        require(book_sheet(book, sheet->id) == sheet);
    }
    require(!strcmp(order, expected), "%s, not %s", order, expected);
}

START_TEST(tabs)
{
    struct sheet *two = add("Two"), *three = add("Three");
    require_order("One* Two Three ");
    require(book_add_sheet(book, "Zero", 0, &problem));
    require_order("Zero One* Two Three ");
    require(book_move_sheet(book, one, 3));
    require_order("Zero Two Three One* ");
    require(book_move_sheet(book, three, 0));
    require_order("Three Zero Two One* ");
    require(book_move_sheet(book, two, 2) && !book_move_sheet(book, two, 4));
    require_order("Three Zero Two One* ");
    require(book_remove_sheet(book, one, &problem));
    require_order("Three Zero Two* ");
    require(book_remove_sheet(book, three, &problem));
    require_order("Zero Two* ");
    require(book_remove_sheet(book, find("zero"), &problem));
    require_order("Two* ");
    require(!book_remove_sheet(book, two, &problem), "the last one stays");
    require_order("Two* ");
    require(book_place_of(book, NULL) == SIZE_MAX);
    require(!book_sheet(book, 0) && !book_sheet(book, 4095) && !book_sheet(book, 65535));
}
END_TEST

START_TEST(names_of_sheets)
{
    static const char *const wrong[] = {
        "",    "a/b", "a\\b", "a?", "a*",   "[a",   "a]",
        "a:b", "'a",  "a'",   "\n", "a\tb", "\xff", "12345678901234567890123456789012"};
    static const char *const right[] = {
        "a'b", "Größe €", "a b", "1", "#", "名前", "1234567890123456789012345678901"};
    for (size_t i = 0; i < array_count(wrong); i++) {
        problem.text[0] = '\0';
        require(!book_add_sheet(book, wrong[i], 0, &problem), "%s", wrong[i]);
        require(problem.text[0]);
        require(!book_rename_sheet(book, one, wrong[i], &problem), "%s", wrong[i]);
    }
    require_equal(book->sheet_count, 1);
    for (size_t i = 0; i < array_count(right); i++)
        require(find(right[i]) == NULL && add(right[i]) == find(right[i]), "%s", right[i]);
    require(find("GRÖSSE €") == NULL && find("gRÖßE €") && find("oNE") == one);
    require(!book_add_sheet(book, "ONE", 0, &problem) && strstr(problem.text, "One"));
    require(!book_rename_sheet(book, one, "A B", &problem));
    require(book_rename_sheet(book, one, "ONE", &problem) && find("one") == one);
    require(book_rename_sheet(book, one, "Other", &problem) && !find("one"));
    require(find("other") == one && !find("") && !strcmp(sheet_name(book, one), "Other"));
    char long_name[100000];
    memset(long_name, 'x', sizeof long_name);
    require(!book_find_sheet(book, long_name, sizeof long_name));
    require(!book_sheet_number(book, long_name, sizeof long_name));
}
END_TEST

START_TEST(numbers_before_sheets)
{
    sheet_id number = book_sheet_number(book, "Later", 5);
    require(number && number != one->id);
    require_equal(book_sheet_number(book, "LATER", 5), number);
    require_equal(book_sheet_number(book, "one", 3), one->id);
    require(!book_sheet(book, number) && !find("later"));
    struct sheet *other = add("Other"), *later = add("later");
    require(other->id != number);
    require_equal(later->id, number);
    require_equal(book_sheet_number(book, "Later", 5), number);
}
END_TEST

START_TEST(too_many_sheets)
{
    char name[16];
    while (book->sheet_count < SHEETS_MAX) {
        require(snprintf(name, sizeof name, "S%zu", book->sheet_count) > 0);
        (void)add(name);
    }
    require(!book_add_sheet(book, "more", 0, &problem));
    require(find("s254") && !find("more"));
    for (unsigned i = 0; i < SHEET_IDS_MAX; i++) {
        require(snprintf(name, sizeof name, "P%u", i) > 0);
        if (!book_sheet_number(book, name, strlen(name)))
            break;
    }
    require(!book_sheet_number(book, "Q", 1) && book_sheet_number(book, "P0", 2));
}
END_TEST

/* ---- a sheet that goes ------------------------------------------------------------------------
 */

struct notes {
    unsigned formulas, names;
    formula_id old;
};

static void note_formula(void *context, sheet_id sheet, struct position position, formula_id old)
{
    struct notes *notes = context;
    require(sheet == one->id && position.column < 2);
    notes->formulas++;
    notes->old = old;
}

static void note_name(void *context, name_id name, formula_id old)
{
    struct notes *notes = context;
    require(name && old);
    notes->names++;
}

START_TEST(references_end)
{
    struct sheet *two = add("Two");
    type(two, "A1", "5");
    type(two, "B1", "=A1");
    type(one, "A1", "=Two!A1+1");
    type(one, "A2", "=SUM(Two!A1:B2)");
    type(one, "B2", "=SUM(Two!B1:C2)");
    type(one, "A3", "=A1+1");
    type(one, "A4", "=Two!there+1");
    struct token token = {.kind = TOKEN_CELL, .sheet = two->id};
    formula_id formula = formula_keep(book->formulas, &token, 1);
    formula_hold(book->formulas, formula);
    name_id name = name_define(book->names, "there", 5, SHEET_OWN, formula);
    name_id own = name_define(book->names, "there", 5, two->id, formula);
    require(name && own);
    struct notes seen = {0};
    struct reference_notes notes = {.formula = note_formula, .name = note_name, .context = &seen};
    require(book_take_sheet(book, two, &notes, &problem), "%s", problem.text);
    require_equal(seen.formulas, 4);
    require_equal(seen.names, 2);
    require_source(one, "A1", "=#REF!+1");
    require_source(one, "A2", "=SUM(#REF!)");
    require_source(one, "A3", "=A1+1");
    require_source(one, "A4", "=#REF!+1");
    require(grid_at(one->grid, at("A1"))->flags & CELL_STALE);
    require(!find("two") && !book_sheet(book, token.sheet));
    require(name_of(book->names, name)->formula != formula && !name_of(book->names, own)->formula);
    /* What it holds is still there. */
    (void)book_collect(book);
    (void)add("Between");
    require(book_put_sheet(book, two, 1, &problem), "%s", problem.text);
    require_order("One* Two Between ");
    require(book_sheet(book, token.sheet) == two);
    require_source(two, "B1", "=A1");
    require(!book_put_sheet(book, two, 1, &problem), "its name is taken");
    require(book_remove_sheet(book, two, &problem));
    require(formula_pool_is_valid(book->formulas) && text_is_valid(book->texts));
}
END_TEST

/* Refused, it has not begun. */
START_TEST(references_stay)
{
    struct sheet *two = add("Two");
    char text[48];
    struct position position = {0, 0};
    for (; position.row < 3000; position.row++) {
        require(snprintf(text, sizeof text, "=Two!A%u+%u", position.row + 1, position.row) > 0);
        require(cell_type(book, one, position, text, &problem), "%s", problem.text);
    }
    uint64_t use_count = formula_statistics_of(book->formulas).use_count;
    uint64_t limit_bytes = steppe_budget_charged_bytes(book->budget);
    require_ok(steppe_budget_set_limit(book->budget, limit_bytes));
    require(!book_take_sheet(book, two, NULL, &problem) && strstr(problem.text, "limit"));
    require(find("two") == two && book->sheet_count == 2);
    require_equal(formula_statistics_of(book->formulas).use_count, use_count);
    require_source(one, "A7", "=Two!A7+6");
    require_source(one, "A3000", "=Two!A3000+2999");
    require(formula_pool_is_valid(book->formulas));
    require_ok(steppe_budget_set_limit(book->budget, STEPPE_NO_LIMIT));
    require(book_take_sheet(book, two, NULL, &problem), "%s", problem.text);
    require_source(one, "A7", "=#REF!+6");
    require_equal(formula_statistics_of(book->formulas).use_count, use_count);
    require(formula_pool_is_valid(book->formulas));
    sheet_free(book, two);
}
END_TEST

/* ---- cells ------------------------------------------------------------------------------------
 */

START_TEST(values)
{
    require(cell_set_value(book, one, at("A1"), value_number(1.5)));
    require(cell_set_value(book, one, at("A2"), value_string("text")));
    require(cell_set_value(book, one, at("A3"), value_boolean(true)));
    require(cell_set_value(book, one, at("A4"), value_error(ERROR_NA)));
    require(cell_set_value(book, one, at("XFD1048576"), value_string("")));
    require(cell_set_value(book, one, at("B1"), value_blank()));
    require(value_is(value_at("A1"), value_number(1.5)));
    require(value_is(value_at("A2"), value_string("text")));
    require(value_is(value_at("A3"), value_boolean(true)));
    require(value_is(value_at("A4"), value_error(ERROR_NA)));
    require(value_is(value_at("XFD1048576"), value_string("")));
    require(value_is(value_at("B1"), value_blank()));
    text_id text = text_keep(book->texts, "shared", 6);
    require(cell_set_text(book, one, at("A4"), text));
    text_drop(book->texts, text);
    (void)book_collect(book);
    require(value_is(value_at("A4"), value_string("shared")));
    require_equal(book_statistics_of(book).used_cells, 5);
    /* Onto itself: the text must not go before it is kept again. */
    require(cell_set_value(book, one, at("A2"), value_at("A2")));
    (void)book_collect(book);
    require(value_is(value_at("A2"), value_string("text")));
    require(cell_set_value(book, one, at("A1"), value_blank()));
    require_equal(book_statistics_of(book).used_cells, 4);
}
END_TEST

START_TEST(formulas)
{
    type(one, "A1", "=1+2");
    formula_id formula = grid_at(one->grid, at("A1"))->formula;
    struct value text = value_string("known");
    require(cell_set_formula(book, one, at("A2"), formula, &text));
    require(cell_set_formula(book, one, at("A3"), formula, NULL));
    require(value_is(value_at("A2"), text) && !grid_at(one->grid, at("A2"))->flags);
    require(grid_at(one->grid, at("A3"))->flags == CELL_STALE);
    require_equal(formula_statistics_of(book->formulas).use_count, 3);
    require(cell_set_formula(book, one, at("A3"), formula, NULL));
    require_equal(formula_statistics_of(book->formulas).use_count, 3);
    require_equal(book_statistics_of(book).formula_cells, 3);
    require(cell_set_value(book, one, at("A1"), value_number(1)));
    require(cell_set_formula(book, one, at("A2"), 0, NULL));
    require(cells_clear(book, one, area_of_all(), false));
    require_equal(formula_statistics_of(book->formulas).use_count, 0);
    require_equal(book_statistics_of(book).used_cells, 0);
    type(one, "B1", "=NOSUCHFUNCTION(1)");
    formula = grid_at(one->grid, at("B1"))->formula;
    require(cell_set_formula(book, one, at("B1"), formula, &text));
    require(grid_at(one->grid, at("B1"))->flags == CELL_KEPT_VALUE);
}
END_TEST

START_TEST(styles)
{
    style_id bold = 0;
    require(style_keep(book->styles, &(struct style){.flags = STYLE_BOLD}, &bold));
    require(cell_set_style(book, one, at("B2"), 0));
    require_equal(book_statistics_of(book).used_cells, 0);
    require(cell_set_style(book, one, at("B2"), bold));
    require(cell_set_value(book, one, at("B2"), value_number(1)));
    require(cells_clear(book, one, area_of_one(at("B2")), false));
    require_equal(grid_at(one->grid, at("B2"))->style, bold);
    require(value_is(value_at("B2"), value_blank()));
    require(cells_clear(book, one, area_of_one(at("B2")), true));
    require_equal(book_statistics_of(book).used_cells, 0);
}
END_TEST

/* Typed, and what F2 shows of it afterwards. */
START_TEST(typing)
{
    static const struct {
        const char *text, *source, *format;
    } typed[] = {
        {"12", "12", "General"},
        {" 1.50 ", "1.5", "General"},
        {"abc", "abc", "General"},
        {"'12", "'12", "General"},
        {"'=1", "'=1", "General"},
        {"''", "''", "General"},
        {"=", "=", "General"},
        {"true", "TRUE", "General"},
        {"'true", "'true", "General"},
        {"#n/a", "#N/A", "General"},
        {"12%", "12%", NULL},
        {"2024-01-31", "2024-01-31", NULL},
        {"12:30", "12:30:00", NULL},
        {"2024-01-31 06:00", "2024-01-31 06:00:00", NULL},
        {"=1+2", "=1+2", "General"},
        {"=$A1+B$2", "=$A1+B$2", "General"},
        {"{=SUM(1,2)}", "{=SUM(1,2)}", "General"},
        {"{1}", "{1}", "General"},
    };
    for (size_t i = 0; i < array_count(typed); i++) {
        char name[8];
        require(snprintf(name, sizeof name, "C%zu", i + 1) > 0);
        type(one, name, typed[i].text);
        require_source(one, name, typed[i].source);
        type(one, name, typed[i].source);
        require_source(one, name, typed[i].source);
        const char *format = style_format(book->styles, grid_at(one->grid, at(name))->style);
        if (typed[i].format)
            require(!strcmp(format, typed[i].format), "%s: %s", typed[i].text, format);
        else
            require(strcmp(format, "General") != 0, "%s", typed[i].text);
    }
    type(one, "C1", "");
    require_source(one, "C1", "");
    require(!cell_type(book, one, at("C1"), "=1+", &problem) && problem.text[0]);
    require(!cell_type(book, one, at("C1"), "{=1+}", &problem));
    require_source(one, "C1", "");
}
END_TEST

START_TEST(typing_into_formats)
{
    style_id as_text, money;
    require(style_with_format(book->styles, 0, "@", &as_text));
    require(style_with_format(book->styles, 0, "#,##0.00", &money));
    require(cell_set_style(book, one, at("A1"), as_text));
    type(one, "A1", "=1+2");
    require(value_is(value_at("A1"), value_string("=1+2")));
    type(one, "A1", "007");
    require(value_is(value_at("A1"), value_string("007")));
    require_source(one, "A1", "007");
    require(cell_set_style(book, one, at("A2"), money));
    type(one, "A2", "12%"); /* its own format stays */
    require_equal(grid_at(one->grid, at("A2"))->style, money);
    require(value_is(value_at("A2"), value_number(0.12)));
    type(one, "A3", "2024-01-31");
    style_id day = grid_at(one->grid, at("A3"))->style;
    type(one, "A4", "=A3+1");
    require_equal(grid_at(one->grid, at("A4"))->style, day);
    type(one, "A5", "=A4-A3");
    require_equal(grid_at(one->grid, at("A5"))->style, 0);
    book->is_1904 = true;
    type(one, "A6", "2024-01-31");
    require(value_at("A6").number == value_at("A3").number - 1462);
    require_source(one, "A6", "2024-01-31");
}
END_TEST

START_TEST(long_texts)
{
    char *text = malloc(TEXT_BYTES_MAX + 2);
    require(text);
    memset(text, 'x', TEXT_BYTES_MAX + 1);
    text[TEXT_BYTES_MAX + 1] = '\0';
    require(!cell_type(book, one, at("A1"), text, &problem));
    text[TEXT_CHARACTERS_MAX + 1] = '\0';
    require(!cell_type(book, one, at("A1"), text, &problem));
    text[TEXT_CHARACTERS_MAX] = '\0';
    type(one, "A1", text);
    require_source(one, "A1", text);
    free(text);
}
END_TEST

START_TEST(shown)
{
    struct formatted formatted;
    type(one, "A1", "text");
    cell_show(book, one, at("A1"), 0, &formatted);
    require(!strcmp(formatted.text, "text"));
    cell_show(book, one, at("A2"), 0, &formatted);
    require_equal(formatted.text_bytes, 0);
    type(one, "A2", "2024-01-31");
    cell_show(book, one, at("A2"), 0, &formatted);
    require(!strcmp(formatted.text, "2024-01-31"), "%s", formatted.text);
}
END_TEST

/* ---- computing --------------------------------------------------------------------------------
 */

static void recalculate(void)
{
    require(book_recalculate(book, NULL, NULL, &problem), "%s", problem.text);
}

static void require_number(const char *name, double number)
{
    struct value value = value_at(name);
    require(value.kind == VALUE_NUMBER && value.number == number, "%s: kind %d, %g", name,
            (int)value.kind, value.number);
}

START_TEST(computed)
{
    struct sheet *two = add("Two");
    type(one, "A1", "1");
    type(one, "A2", "=A1+1");
    type(one, "A3", "=A2*Two!B2");
    type(two, "B2", "10");
    type(one, "A4", "=rate+1");
    recalculate();
    require_number("A2", 2);
    require_number("A3", 20);
    require(value_is(value_at("A4"), value_error(ERROR_NAME)));
    type(one, "A1", "5");
    recalculate();
    require_number("A3", 60);
    struct token token = {.kind = TOKEN_NUMBER, .number = 41};
    formula_id formula = formula_keep(book->formulas, &token, 1);
    require(book_define_name(book, "Rate", 4, SHEET_OWN, formula));
    recalculate();
    require_number("A4", 42);
    require(cells_clear(book, two, area_of_all(), true));
    recalculate();
    require_number("A3", 0);
    /* Taken out and put back. */
    type(two, "B2", "2");
    require(book_take_sheet(book, two, NULL, &problem));
    recalculate();
    require(value_is(value_at("A3"), value_error(ERROR_REF)));
    require(book_put_sheet(book, two, 0, &problem));
    type(one, "A3", "=A2*Two!B2");
    recalculate();
    require_number("A3", 12);
    book_make_stale(book);
    uint64_t count = 0;
    require(book_recalculate(book, NULL, &count, &problem));
    require_equal(count, 3);
}
END_TEST

/* ---- against a naive workbook -----------------------------------------------------------------
 */

enum { MODEL_ROWS = 40, MODEL_COLUMNS = 6, MODEL_CELLS = MODEL_ROWS * MODEL_COLUMNS };

static struct model {
    struct value value;
    char text[16];
    formula_id formula;
    style_id style;
} model[MODEL_CELLS];

static struct position model_position(unsigned i)
{
    return (struct position){(i % MODEL_ROWS) * 25000, i / MODEL_ROWS * 3000};
}

static void model_set(struct model *cell, struct value value, formula_id formula)
{
    cell->value = value;
    cell->formula = formula;
    if (value.kind == VALUE_TEXT) {
        memcpy(cell->text, value.text, value.text_bytes + 1);
        cell->value.text = cell->text;
    }
}

static void require_model(void)
{
    uint64_t used = 0, formula_cells = 0, text_count = 1; /* the sheet's name */
    for (unsigned i = 0; i < MODEL_CELLS; i++) {
        const struct cell *cell = grid_at(one->grid, model_position(i));
        require(value_is(cell_value(book, cell), model[i].value), "cell %u", i);
        require(cell->formula == model[i].formula && cell->style == model[i].style, "cell %u", i);
        used += cell_is_used(cell);
        formula_cells += cell->formula != 0;
        bool is_first = model[i].value.kind == VALUE_TEXT;
        for (unsigned j = 0; is_first && j < i; j++)
            is_first = !value_is(model[j].value, model[i].value);
        text_count += is_first;
    }
    require(text_is_valid(book->texts) && formula_pool_is_valid(book->formulas) &&
            grid_is_valid(one->grid));
    require_equal(book_statistics_of(book).used_cells, used);
    require_equal(book_statistics_of(book).formula_cells, formula_cells);
    require_equal(text_statistics_of(book->texts).held_count, text_count);
}

static struct value random_value(uint64_t *chance, char text[16])
{
    switch (random_below(chance, 6)) {
    case 0:
        return value_blank();
    case 1:
        return value_boolean(random_below(chance, 2));
    case 2:
        return value_error(ERROR_DIV0);
    case 3:
        return value_number((double)random_below(chance, 100));
    default:
        require(snprintf(text, 16, "text %u", (unsigned)random_below(chance, 60)) > 0);
        return value_string(text);
    }
}

/* One change; refused, the model does not change either. */
static void change(uint64_t *chance, const formula_id *kept, size_t kept_count)
{
    unsigned i = (unsigned)random_below(chance, MODEL_CELLS);
    char text[16];
    struct value value = random_value(chance, text);
    struct position position = model_position(i);
    formula_id formula = kept[random_below(chance, kept_count)];
    style_id style = (style_id)random_below(chance, 2);
    bool known = random_below(chance, 2);
    switch (random_below(chance, 5)) {
    case 0:
    case 1:
        if (cell_set_value(book, one, position, value))
            model_set(&model[i], value, 0);
        return;
    case 2:
        if (cell_set_formula(book, one, position, formula, known ? &value : NULL))
            model_set(&model[i], known ? value : value_blank(), formula);
        return;
    case 3:
        if (cell_set_style(book, one, position, style))
            model[i].style = style;
        return;
    default:
        if (random_below(chance, 4))
            return;
        struct area area =
            area_of(position, model_position((unsigned)random_below(chance, MODEL_CELLS)));
        require(cells_clear(book, one, area, known));
        for (unsigned j = 0; j < MODEL_CELLS; j++)
            if (area_has(area, model_position(j)))
                model[j] = (struct model){.style = known ? 0 : model[j].style};
    }
}

START_TEST(as_the_naive_one)
{
    uint64_t chance = (uint64_t)_i + 1;
    formula_id kept[5];
    style_id bold;
    memset(model, 0, sizeof model);
    require(style_keep(book->styles, &(struct style){.flags = STYLE_BOLD}, &bold));
    require_equal(bold, 1);
    for (unsigned i = 0; i < array_count(kept); i++) {
        struct token token = {.kind = TOKEN_NUMBER, .number = i};
        kept[i] = formula_keep(book->formulas, &token, 1);
        require(kept[i]);
    }
    for (unsigned step = 0; step < (is_slow() ? 1000 : 10000); step++) {
        change(&chance, kept, array_count(kept));
        if (!random_below(&chance, 200))
            (void)book_collect(book);
        if (!random_below(&chance, 50))
            require_ok(steppe_budget_set_limit(
                book->budget, random_below(&chance, 2) ? steppe_budget_charged_bytes(book->budget)
                                                       : STEPPE_NO_LIMIT));
        if (step % 250 == 0)
            require_model();
    }
    require_model();
    require_ok(steppe_budget_set_limit(book->budget, STEPPE_NO_LIMIT));
    require(cells_clear(book, one, area_of_all(), true));
    memset(model, 0, sizeof model);
    (void)book_collect(book);
    require_model();
}
END_TEST

/* ---- memory -----------------------------------------------------------------------------------
 */

START_TEST(refused)
{
    uint64_t need_bytes = 0;
    for (uint64_t bytes = 0; !need_bytes; bytes += 16 * steppe_page_bytes()) {
        struct book *small = book_new(bytes, &problem);
        if (small) {
            require(steppe_budget_charged_bytes(small->budget) <= bytes);
            need_bytes = bytes;
        } else {
            require(strstr(problem.text, "limit"), "%s", problem.text);
        }
        book_free(small);
        require(bytes < (UINT64_C(1) << 30));
    }
    struct book *small = book_new(need_bytes + 400 * STEPPE_KIB, &problem);
    require(small, "%s", problem.text);
    struct sheet *sheet = book_add_sheet(small, "S", 0, &problem);
    require(sheet, "%s", problem.text);
    struct position position = {0, 0};
    char text[32];
    for (; position.row < 100000; position.row++) {
        require(snprintf(text, sizeof text, "this is text %u", position.row) > 0);
        if (!cell_type(small, sheet, position, text, &problem))
            break;
    }
    require(position.row > 10 && position.row < 100000);
    require(strstr(problem.text, "limit"), "%s", problem.text);
    require_equal(book_statistics_of(small).used_cells, position.row);
    require(cells_clear(small, sheet, area_of_all(), true));
    require(book_collect(small) > 0);
    require(cell_type(small, sheet, position, text, &problem), "%s", problem.text);
    book_free(small);
}
END_TEST

static bool count_step(void *context, const char *doing, uint64_t done, uint64_t total)
{
    ++*(int *)context;
    return strcmp(doing, "stop") != 0 && done <= total;
}

START_TEST(progress)
{
    int count = 0;
    struct progress steps = {.step = count_step, .context = &count};
    require(progress_step(NULL, "any", 1, 2));
    require(progress_step(&(struct progress){0}, "any", 1, 2));
    require(progress_step(&steps, "any", 1, 2) && !progress_step(&steps, "stop", 1, 2));
    require_equal(count, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("book");
    TCase *plain = test_case(suite, "plain");
    tcase_add_checked_fixture(plain, open_book, close_book);
    tcase_add_test(plain, tabs);
    tcase_add_test(plain, names_of_sheets);
    tcase_add_test(plain, numbers_before_sheets);
    tcase_add_test(plain, too_many_sheets);
    tcase_add_test(plain, references_end);
    tcase_add_test(plain, references_stay);
    tcase_add_test(plain, values);
    tcase_add_test(plain, formulas);
    tcase_add_test(plain, styles);
    tcase_add_test(plain, typing);
    tcase_add_test(plain, typing_into_formats);
    tcase_add_test(plain, long_texts);
    tcase_add_test(plain, shown);
    tcase_add_test(plain, computed);
    tcase_add_test(plain, refused);
    tcase_add_test(plain, progress);
    tcase_add_loop_test(plain, as_the_naive_one, 0, 4);
    return test_main(suite);
}
