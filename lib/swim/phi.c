#include "swim/phi.h"

#include "base/duration.h"

#include <math.h>

void phi_heard(struct phi *phi, uint64_t now)
{
    if (phi->last_ns != 0) {
        phi->gaps_ms[phi->next] = (float)(now - phi->last_ns) / (float)NS_PER_MS;
        phi->next = (uint16_t)((phi->next + 1) % PHI_WINDOW);
        if (phi->count < PHI_WINDOW)
            phi->count++;
    }
    phi->last_ns = now;
}

void phi_reset(struct phi *phi)
{
    phi->last_ns = 0;
    phi->count = phi->next = 0;
}

bool phi_value(const struct phi *phi, uint64_t now, double *value)
{
    if (phi->count < PHI_SAMPLES_MIN)
        return false;
    double sum = 0, squares = 0;
    for (unsigned i = 0; i < phi->count; i++)
        sum += (double)phi->gaps_ms[i];
    double mean = sum / phi->count;
    for (unsigned i = 0; i < phi->count; i++) {
        double off = (double)phi->gaps_ms[i] - mean;
        squares += off * off;
    }
    double deviation = sqrt(squares / phi->count);
    if (deviation < (double)PHI_DEVIATION_MIN_MS)
        deviation = (double)PHI_DEVIATION_MIN_MS;
    double silence = (double)(now - phi->last_ns) / (double)NS_PER_MS;
    double later = 0.5 * erfc((silence - mean) / (deviation * sqrt(2.0)));
    double result = later > 0 ? -log10(later) : PHI_MAX;
    *value = result < 0 ? 0 : result > PHI_MAX ? PHI_MAX : result;
    return true;
}
