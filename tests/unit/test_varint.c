#include "wire/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LEN(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

struct example {
    uint64_t value;
    size_t len;
    uint8_t bytes[8];
};

/* RFC 9000, appendix A.1, and the edges of each length. */
static const struct example examples[] = {
    {UINT64_C(151288809941952652), 8, {0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c}},
    {494878333, 4, {0x9d, 0x7f, 0x3e, 0x7d}},
    {15293, 2, {0x7b, 0xbd}},
    {37, 1, {0x25}},
    {0, 1, {0x00}},
    {63, 1, {0x3f}},
    {64, 2, {0x40, 0x40}},
    {16383, 2, {0x7f, 0xff}},
    {16384, 4, {0x80, 0x00, 0x40, 0x00}},
    {(UINT64_C(1) << 30) - 1, 4, {0xbf, 0xff, 0xff, 0xff}},
    {UINT64_C(1) << 30, 8, {0xc0, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00}},
    {VARINT_MAX, 8, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
};

static void test_examples_of_the_rfc_and_edges(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(examples); i++) {
        const struct example *e = &examples[i];
        uint8_t buf[8];
        uint64_t value;
        assert_int_equal(varint_size(e->value), e->len);
        assert_int_equal(varint_write(e->value, buf, sizeof(buf)), e->len);
        assert_memory_equal(buf, e->bytes, e->len);
        assert_int_equal(varint_read(e->bytes, e->len, &value), e->len);
        assert_true(value == e->value);
    }
}

static void test_a_longer_form_is_accepted(void **state)
{
    (void)state;
    uint64_t value;
    assert_int_equal(varint_read((const uint8_t[]){0x40, 0x25}, 2, &value), 2);
    assert_true(value == 37);
    assert_int_equal(varint_read((const uint8_t[]){0xc0, 0, 0, 0, 0, 0, 0, 0}, 8, &value), 8);
    assert_true(value == 0);
}

static void test_what_does_not_fit_is_not_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(examples); i++) {
        uint8_t buf[8], before[8];
        memset(buf, 0xa5, sizeof(buf));
        memcpy(before, buf, sizeof(buf));
        assert_int_equal(varint_write(examples[i].value, buf, examples[i].len - 1), 0);
        assert_memory_equal(buf, before, sizeof(buf));
    }
}

static void test_what_is_too_short_is_not_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(examples); i++) {
        for (size_t len = 0; len < examples[i].len; len++) {
            uint64_t value = 7;
            assert_int_equal(varint_read(examples[i].bytes, len, &value), 0);
            assert_true(value == 7);
        }
    }
}

static void test_what_is_too_large_has_no_form(void **state)
{
    (void)state;
    uint8_t buf[16];
    assert_int_equal(varint_size(VARINT_MAX + 1), 0);
    assert_int_equal(varint_size(UINT64_MAX), 0);
    assert_int_equal(varint_write(VARINT_MAX + 1, buf, sizeof(buf)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_of_the_rfc_and_edges),
        cmocka_unit_test(test_a_longer_form_is_accepted),
        cmocka_unit_test(test_what_does_not_fit_is_not_written),
        cmocka_unit_test(test_what_is_too_short_is_not_read),
        cmocka_unit_test(test_what_is_too_large_has_no_form),
    };
    return cmocka_run_group_tests_name("varint", tests, NULL, NULL);
}
