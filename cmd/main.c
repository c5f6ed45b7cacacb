/**
 * The one main of all programs: each is a `program` of its own folder.
 */
#include "cli/program.h"
#include "link/about.h"

extern const struct program program;

int main(int argc, char **argv)
{
    return program_main(&program, link_about(), argc, argv);
}
