# Builds the swim tools into $(BUILD)/bin. `make help` lists the targets.
# Another flavour is another folder: make BUILD=build/asan SANITIZE=address,undefined

BUILD    ?= build
CC       ?= cc
PREFIX   ?= /usr/local
DESTDIR  ?=
VERSION  := 0.1.0
WERROR   ?= 0
SANITIZE ?=
SUITE    ?= bookworm
FILES    ?=
N        ?= 20
JOBS     := $(shell nproc 2>/dev/null || echo 2)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings \
            -Wundef -Wvla -Wformat=2 -Wnull-dereference -Wimplicit-fallthrough
HARDEN   := -fPIE -fstack-protector-strong
LDHARDEN := -pie -Wl,-z,relro,-z,now
ifeq ($(SANITIZE),)
HARDEN   += -D_FORTIFY_SOURCE=2
else
HARDEN   += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
LDHARDEN += -fsanitize=$(SANITIZE)
endif
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
OPT      ?= -O2
CFLAGS   ?= -g $(OPT)
CPPFLAGS += -D_GNU_SOURCE -DSWIM_VERSION='"$(VERSION)"' -Ilib -I.
LDLIBS   += -lngtcp2_crypto_gnutls -lngtcp2 -lgnutls -lev -ljansson -lpthread -lm

# A line a step, none with -s; V=1 shows the commands.
Q        := $(if $(V),,@)
say       = @$(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),:,echo) " "

LIB_SRC  := $(wildcard lib/*/*.c)
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
CMDS     := $(notdir $(patsubst %/,%,$(wildcard cmd/swim-*/)))
BINS     := $(CMDS:%=$(BUILD)/bin/%)
UNITS    := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_LIB := $(filter-out tests/unit/test_%.c,$(wildcard tests/unit/*.c))
UNIT_OBJ := $(UNIT_LIB:%.c=$(BUILD)/obj/%.o)
COMPLETE := $(CMDS:%=$(BUILD)/completion/%)
BENCHES  := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))

.PHONY: all
all: $(BINS)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) -std=gnu11 $(CPPFLAGS) $(CFLAGS) $(WARNINGS) $(HARDEN) -MMD -MP -c -o $@ $<

$(BUILD)/libswim.a: $(LIB_OBJ)
	@rm -f $@
	$(say) AR $@
	$(Q)$(AR) rcs $@ $^

define program
$(BUILD)/bin/$(1): $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard cmd/$(1)/*.c)) $(BUILD)/obj/cmd/main.o $(BUILD)/libswim.a
	@mkdir -p $$(@D)
	$$(say) LD $$@
	$(Q)$(CC) $(CFLAGS) $(LDHARDEN) $(LDFLAGS) -o $$@ $$^ $(LDLIBS)
endef
$(foreach c,$(CMDS),$(eval $(call program,$(c))))

$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_OBJ) $(BUILD)/libswim.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(CFLAGS) $(LDHARDEN) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/libswim.a
	@mkdir -p $(@D)
	$(say) LD $@
	$(Q)$(CC) $(CFLAGS) $(LDHARDEN) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/completion/%: $(BUILD)/bin/% share/completion/bash.awk
	@mkdir -p $(@D)
	$(say) GEN $@
	$(Q)$< --help | awk -f share/completion/bash.awk >$@

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.SECONDARY:
.DELETE_ON_ERROR:

.PHONY: units completion install uninstall deps demo check check-sanitize check-debian check-flaky \
        bench unit bats lint format clean help

units: $(UNITS) $(BENCHES)

completion: $(COMPLETE) ## what bash completes of the programs, made of their --help

install: $(BINS) $(COMPLETE) ## programs, man pages, completion, documents: PREFIX=/usr/local DESTDIR=
	@share/install.sh install $(BUILD) '$(DESTDIR)' '$(PREFIX)'

uninstall: ## remove what install has put there, with the same PREFIX and DESTDIR
	@share/install.sh uninstall $(BUILD) '$(DESTDIR)' '$(PREFIX)'

deps: ## install the Debian packages that are missing, for the build and for the tests
	@tests/deps check

demo: ## some seconds of a cluster: it forms, loses a node, notices, lets another leave
	@tests/deps build
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@PATH="$(abspath $(BUILD))/bin:$$PATH" share/examples/demo.sh

check: ## everything that can be tested here: builds, unit tests, bats, pages, scripts
	@tests/deps check
	@tests/run check

check-sanitize: ## the unit tests and a part of bats under AddressSanitizer and UBSan
	@tests/deps check
	@tests/run sanitize

check-debian: ## `make demo` and `make check` in a fresh chroot: SUITE=bookworm or trixie
	@tests/check-debian $(SUITE)

check-flaky: ## FILES="tests/ping.bats ..." N=20 times over, beside two busy loops; resumable
	@tests/deps check
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) tests/check-flaky $(N) $(FILES)

bench: ## what it costs: round trips, detection, memory, processor, packets
	@tests/deps build
	@$(MAKE) --no-print-directory -j$(JOBS) all $(BENCHES)
	@BUILD=$(BUILD) tests/bench/run

unit: ## the unit tests alone
	@BUILD=$(BUILD) tests/run unit

bats: ## the tests of the programs alone: FILES="tests/ping.bats ..." picks some
	@BUILD=$(BUILD) tests/run bats $(FILES)

lint: ## pages by mandoc, scripts by shellcheck, sources by clang-tidy where it is installed
	@tests/run lint

format: ## lay out the sources by .clang-format
	clang-format -i $$(git ls-files '*.[ch]')

clean: ## remove all that was built
	rm -rf $(BUILD)

help: ## this list
	@echo "make: builds the programs into $(BUILD)/bin. Other targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 26
