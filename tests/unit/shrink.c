#include "tests/unit/shrink.h"

#include "base/rng.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIES_MAX 2000 /* runs that one failure may cost */

static bool sequence_fails(sequence_run run, uint64_t seed, const uint8_t (*moves)[MOVE_BYTES],
                           size_t count, bool aloud)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        abort();
    if (pid == 0) {
        int quiet = aloud ? -1 : open("/dev/null", O_WRONLY);
        if (quiet >= 0)
            dup2(quiet, STDERR_FILENO);
        run(seed, moves, count);
        _exit(0);
    }
    int status;
    while (waitpid(pid, &status, 0) != pid)
        ;
    return status != 0;
}

/* The sequence without `len` moves from `at` on. */
static void sequence_without(uint8_t (*to)[MOVE_BYTES], const uint8_t (*from)[MOVE_BYTES],
                             size_t count, size_t at, size_t len)
{
    memcpy(to, from, at * MOVE_BYTES);
    memcpy(to + at, from + at + len, (count - at - len) * MOVE_BYTES);
}

size_t sequence_shrink(sequence_run run, uint64_t seed, uint8_t (*moves)[MOVE_BYTES], size_t count)
{
    if (!sequence_fails(run, seed, (const uint8_t(*)[MOVE_BYTES])moves, count, false))
        return 0;
    uint8_t(*fewer)[MOVE_BYTES] = malloc((count + 1) * MOVE_BYTES);
    int tries = 0;
    for (size_t part = (count + 1) / 2; fewer && part > 0; part = part > 1 ? (part + 1) / 2 : 0) {
        for (size_t at = 0; at < count && tries < TRIES_MAX; tries++) {
            size_t len = at + part <= count ? part : count - at;
            sequence_without(fewer, (const uint8_t(*)[MOVE_BYTES])moves, count, at, len);
            if (!sequence_fails(run, seed, (const uint8_t(*)[MOVE_BYTES])fewer, count - len,
                                false)) {
                at += len;
                continue;
            }
            count -= len;
            memcpy(moves, fewer, count * MOVE_BYTES);
        }
    }
    free(fewer);
    return count;
}

bool sequence_holds(sequence_run run, sequence_describe describe, uint64_t seed, size_t count)
{
    struct rng rng;
    uint8_t(*moves)[MOVE_BYTES] = malloc(count * MOVE_BYTES);
    if (!moves)
        abort();
    rng_seed(&rng, seed);
    for (size_t i = 0; i < count; i++)
        for (int b = 0; b < MOVE_BYTES; b++)
            moves[i][b] = (uint8_t)rng_next(&rng);
    size_t fewest = sequence_shrink(run, seed, moves, count);
    if (fewest > 0) {
        fprintf(stderr, "seed %llu fails, by %zu moves of %zu:\n", (unsigned long long)seed, fewest,
                count);
        for (size_t i = 0; i < fewest; i++) {
            for (int b = 0; b < MOVE_BYTES; b++)
                fprintf(stderr, "%02x", moves[i][b]);
            fprintf(stderr, " %s\n", describe(moves[i]));
        }
        (void)sequence_fails(run, seed, (const uint8_t(*)[MOVE_BYTES])moves, fewest, true);
    }
    free(moves);
    return fewest == 0;
}
