/* SPDX-License-Identifier: MIT */
#include "dataset.h"

bool dataset_load(struct dataset *dataset, const char *directory)
{
    *dataset = (struct dataset){0};
    return text_load(&dataset->characters, directory, "UnicodeData.txt") &&
           ranges_load(&dataset->ages, RANGES_OF_AGES, directory, "DerivedAge.txt") &&
           ranges_load(&dataset->scripts, RANGES_OF_NAMES, directory, "Scripts.txt");
}

void dataset_free(struct dataset *dataset)
{
    text_free(&dataset->characters);
    ranges_free(&dataset->ages);
    ranges_free(&dataset->scripts);
}
