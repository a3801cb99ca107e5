/* SPDX-License-Identifier: MIT */
/* number_format_builtin.c - codes that files know by a number: see number_format.h. */
#include "sheet/values/number_format.h"

#include <string.h>
#include <strings.h>

/* As Excel shows them in English; 27 to 36 and 50 to 58 are East Asian dates and differ by
 * language. */
static const struct {
    unsigned number;
    const char *code;
} builtin[] = {{0, "General"},
               {1, "0"},
               {2, "0.00"},
               {3, "#,##0"},
               {4, "#,##0.00"},
               {5, "\"$\"#,##0_);(\"$\"#,##0)"},
               {6, "\"$\"#,##0_);[Red](\"$\"#,##0)"},
               {7, "\"$\"#,##0.00_);(\"$\"#,##0.00)"},
               {8, "\"$\"#,##0.00_);[Red](\"$\"#,##0.00)"},
               {9, "0%"},
               {10, "0.00%"},
               {11, "0.00E+00"},
               {12, "# ?/?"},
               {13, "# ?\?/?\?"},
               {14, "m/d/yyyy"},
               {15, "d-mmm-yy"},
               {16, "d-mmm"},
               {17, "mmm-yy"},
               {18, "h:mm AM/PM"},
               {19, "h:mm:ss AM/PM"},
               {20, "h:mm"},
               {21, "h:mm:ss"},
               {22, "m/d/yyyy h:mm"},
               {37, "#,##0_);(#,##0)"},
               {38, "#,##0_);[Red](#,##0)"},
               {39, "#,##0.00_);(#,##0.00)"},
               {40, "#,##0.00_);[Red](#,##0.00)"},
               {41, "_(* #,##0_);_(* (#,##0);_(* \"-\"_);_(@_)"},
               {42, "_(\"$\"* #,##0_);_(\"$\"* (#,##0);_(\"$\"* \"-\"_);_(@_)"},
               {43, "_(* #,##0.00_);_(* (#,##0.00);_(* \"-\"?\?_);_(@_)"},
               {44, "_(\"$\"* #,##0.00_);_(\"$\"* (#,##0.00);_(\"$\"* \"-\"?\?_);_(@_)"},
               {45, "mm:ss"},
               {46, "[h]:mm:ss"},
               {47, "mm:ss.0"},
               {48, "##0.0E+0"},
               {49, "@"},
               /* The same by the names that other programs know them by. */
               {14, "mm-dd-yy"},
               {22, "m/d/yy h:mm"},
               {47, "mmss.0"}};

const char *number_format_builtin(unsigned number)
{
    for (size_t i = 0; i < sizeof builtin / sizeof *builtin; i++)
        if (builtin[i].number == number)
            return builtin[i].code;
    return NULL;
}

int number_format_builtin_of(const char *code)
{
    for (size_t i = 0; i < sizeof builtin / sizeof *builtin; i++)
        if (strcmp(builtin[i].code, code) == 0)
            return (int)builtin[i].number;
    return strcasecmp(code, "General") == 0 ? 0 : -1;
}
