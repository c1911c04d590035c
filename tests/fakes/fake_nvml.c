/* A libnvidia-ml.so.1 whose graphics cards are told by a text file, read anew at every call: a test changes
 * what the driver says while the program runs. Cards are lines of $FAKE_NVML_STATE:
 *
 *   gpu <total MiB> <reserved MiB> <utilisation %> <name>     cards are numbered in the order of their lines
 *   proc <card> c|g <pid> <MiB, -1: not told>                 a compute or graphics process
 *   tied <card> <pid> <MiB>                                   the same, but only while that process lives
 *   children <card> <parent pid> <word> <MiB>                 every living child whose command line has <word>
 *   used <card> <MiB>                                         instead of reserved + the processes' sum
 *   mig <card> <total MiB> <used MiB>                         an instance; the card is in MIG mode then
 *   lost <card>                                               this card fell off the bus
 *   error <n> | init_error <n>                                every call, or opening, fails (nvmlReturn_t)
 *   old                                                       a driver before 510: no v2 memory, no v3 tables
 *   secret                                                    process tables may not be read
 *   count                                                     each call appends a byte to $FAKE_NVML_STATE.calls
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARDS 8
#define ROWS 64
#define EXPORT __attribute__((visibility("default")))

enum {
    SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NO_PERMISSION = 4, NOT_FOUND = 6,
    INSUFFICIENT_SIZE = 7, FUNCTION_NOT_FOUND = 13, GPU_IS_LOST = 15, VERSION_MISMATCH = 25
};
typedef unsigned long long bytes_t;
typedef struct { unsigned pid; bytes_t used; unsigned instance, compute; } process_t;
typedef struct { bytes_t total, free, used; } memory_v1_t;
typedef struct { unsigned version; bytes_t total, reserved, free, used; } memory_v2_t;
typedef struct { unsigned gpu, memory; } utilisation_t;
typedef struct { process_t rows[ROWS]; unsigned length; } table_t;
typedef struct card {
    unsigned index, utilisation, instances;
    int is_lost, is_instance;
    char name[96];
    bytes_t total, reserved, used, fixed_used;
    table_t compute, graphics;
    struct card *parent;
} card_t;

static card_t cards[CARDS], parts[CARDS][CARDS];
static unsigned card_count;
static int opened, every_error, opening_error, is_old, is_secret;

static bytes_t mib(long long number) { return number < 0 ? ~0ULL : (bytes_t)number << 20; }

static void add(table_t *table, unsigned pid, long long size_mib) {
    if (table->length < ROWS) table->rows[table->length++] = (process_t){pid, mib(size_mib), ~0u, ~0u};
}

/* Parent of a living process; 0 when there is none (a zombie has given its memory back already). */
static unsigned parent_of(unsigned pid) {
    char path[64], text[512], state = 'X';
    unsigned parent = 0;
    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    char *end = strrchr(text, ')');
    if (!end || sscanf(end + 1, " %c %u", &state, &parent) != 2) return 0;
    return state == 'Z' || state == 'X' ? 0 : parent;
}

static int command_has(unsigned pid, const char *word) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%u/cmdline", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    for (size_t i = 0; i < length; i++) if (!text[i]) text[i] = ' ';
    return strstr(text, word) != NULL;
}

static void add_children(table_t *table, unsigned parent, const char *word, long long size_mib) {
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        unsigned pid = (unsigned)strtoul(entry->d_name, NULL, 10);
        if (pid && parent_of(pid) == parent && command_has(pid, word)) add(table, pid, size_mib);
    }
    if (folder) closedir(folder);
}

static void read_line(const char *line) {
    unsigned card, pid, total, reserved, utilisation;
    long long size;
    char kind, word[64];
    int at = 0;
    if (sscanf(line, "gpu %u %u %u %n", &total, &reserved, &utilisation, &at) == 3 && card_count < CARDS) {
        card_t *found = &cards[card_count];
        *found = (card_t){.index = card_count++, .utilisation = utilisation, .total = mib(total),
                          .reserved = mib(reserved), .fixed_used = ~0ULL};
        snprintf(found->name, sizeof found->name, "%s", line + at);
        found->name[strcspn(found->name, "\n")] = 0;
    } else if (sscanf(line, "proc %u %c %u %lld", &card, &kind, &pid, &size) == 4 && card < card_count)
        add(kind == 'g' ? &cards[card].graphics : &cards[card].compute, pid, size);
    else if (sscanf(line, "tied %u %u %lld", &card, &pid, &size) == 3 && card < card_count) {
        if (parent_of(pid)) add(&cards[card].compute, pid, size);
    } else if (sscanf(line, "children %u %u %63s %lld", &card, &pid, word, &size) == 4 && card < card_count)
        add_children(&cards[card].compute, pid, word, size);
    else if (sscanf(line, "used %u %lld", &card, &size) == 2 && card < card_count)
        cards[card].fixed_used = mib(size);
    else if (sscanf(line, "mig %u %u %lld", &card, &total, &size) == 3 && card < card_count) {
        card_t *owner = &cards[card], *part = &parts[card][owner->instances++];
        *part = (card_t){.index = owner->index, .is_instance = 1, .total = mib(total), .fixed_used = mib(size),
                         .parent = owner};
        snprintf(part->name, sizeof part->name, "%.80s MIG %u", owner->name, owner->instances);
    } else if (sscanf(line, "lost %u", &card) == 1 && card < card_count) cards[card].is_lost = 1;
    else if (sscanf(line, "error %d", &every_error) == 1 || sscanf(line, "init_error %d", &opening_error) == 1) return;
    else if (!strncmp(line, "old", 3)) is_old = 1;
    else if (!strncmp(line, "secret", 6)) is_secret = 1;
    else if (!strncmp(line, "count", 5)) {
        char path[4096];
        snprintf(path, sizeof path, "%s.calls", getenv("FAKE_NVML_STATE"));
        FILE *file = fopen(path, "a");
        if (file) { fputc('.', file); fclose(file); }
    }
}

static bytes_t sum(const table_t *table) {
    bytes_t total = 0;
    for (unsigned i = 0; i < table->length; i++) if (table->rows[i].used != ~0ULL) total += table->rows[i].used;
    return total;
}

static void read_state(void) {
    char line[512];
    const char *path = getenv("FAKE_NVML_STATE");
    FILE *file = path ? fopen(path, "r") : NULL;
    card_count = 0;
    every_error = opening_error = is_old = is_secret = 0;
    while (file && fgets(line, sizeof line, file)) read_line(line);
    if (file) fclose(file);
    for (unsigned i = 0; i < card_count; i++) {
        card_t *card = &cards[i];
        card->used = card->fixed_used != ~0ULL ? card->fixed_used
                                               : card->reserved + sum(&card->compute) + sum(&card->graphics);
        for (unsigned k = 0; k < card->instances; k++) parts[i][k].used = parts[i][k].fixed_used;
    }
}

#define READ_STATE() do { if (!opened) return UNINITIALIZED; read_state(); if (every_error) return every_error; } while (0)
#define READ_CARD(card) do { READ_STATE(); if ((card)->is_lost) return GPU_IS_LOST; } while (0)

EXPORT int nvmlInit_v2(void) { read_state(); if (opening_error) return opening_error; opened++; return SUCCESS; }
EXPORT int nvmlInitWithFlags(unsigned flags) { (void)flags; return nvmlInit_v2(); }
EXPORT int nvmlShutdown(void) { if (!opened) return UNINITIALIZED; opened--; return SUCCESS; }
EXPORT const char *nvmlErrorString(int code) {
    static char text[32];
    snprintf(text, sizeof text, "fake error %d", code);
    return text;
}
EXPORT int nvmlSystemGetDriverVersion(char *text, unsigned length) {
    READ_STATE();
    snprintf(text, length, "%s", is_old ? "470.00" : "999.01");
    return SUCCESS;
}
EXPORT int nvmlDeviceGetCount_v2(unsigned *count) { READ_STATE(); *count = card_count; return SUCCESS; }
EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, card_t **handle) {
    READ_STATE();
    if (index >= card_count) return INVALID_ARGUMENT;
    if (cards[index].is_lost) return GPU_IS_LOST;
    *handle = &cards[index];
    return SUCCESS;
}
/* The card's number is the bus number: 0000:02:00.0 is card 2. */
EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char *address, card_t **handle) {
    unsigned domain, bus;
    if (sscanf(address, "%x:%x:", &domain, &bus) != 2) return INVALID_ARGUMENT;
    return nvmlDeviceGetHandleByIndex_v2(bus, handle);
}
EXPORT int nvmlDeviceGetIndex(card_t *card, unsigned *index) { READ_CARD(card); *index = card->index; return SUCCESS; }
EXPORT int nvmlDeviceGetName(card_t *card, char *text, unsigned length) {
    READ_CARD(card);
    snprintf(text, length, "%s", card->name);
    return SUCCESS;
}
EXPORT int nvmlDeviceGetUUID(card_t *card, char *text, unsigned length) {
    READ_CARD(card);
    if (card->is_instance) snprintf(text, length, "MIG-fake-%u-%ld", card->index, (long)(card - parts[card->index]));
    else snprintf(text, length, "GPU-fake-%u", card->index);
    return SUCCESS;
}
EXPORT int nvmlDeviceGetMemoryInfo(card_t *card, memory_v1_t *memory) {
    READ_CARD(card);
    *memory = (memory_v1_t){card->total, card->total - card->used, card->used};
    return SUCCESS;
}
EXPORT int nvmlDeviceGetMemoryInfo_v2(card_t *card, memory_v2_t *memory) {
    READ_CARD(card);
    if (is_old) return FUNCTION_NOT_FOUND;
    if (memory->version != (sizeof *memory | 2u << 24)) return VERSION_MISMATCH;
    memory->total = card->total;
    memory->reserved = card->reserved;
    memory->used = card->used - card->reserved;
    memory->free = card->total - card->used;
    return SUCCESS;
}
EXPORT int nvmlDeviceGetUtilizationRates(card_t *card, utilisation_t *rates) {
    READ_CARD(card);
    if (card->is_instance || card->instances) return NOT_SUPPORTED;
    *rates = (utilisation_t){card->utilisation, card->utilisation};
    return SUCCESS;
}
EXPORT int nvmlDeviceGetMigMode(card_t *card, unsigned *now, unsigned *later) {
    READ_CARD(card);
    if (!card->instances) return NOT_SUPPORTED;
    *now = *later = 1;
    return SUCCESS;
}
EXPORT int nvmlDeviceGetMaxMigDeviceCount(card_t *card, unsigned *count) {
    READ_CARD(card);
    *count = CARDS - 1;
    return SUCCESS;
}
EXPORT int nvmlDeviceGetMigDeviceHandleByIndex(card_t *card, unsigned number, card_t **handle) {
    READ_CARD(card);
    if (number >= card->instances) return NOT_FOUND;
    *handle = &parts[card->index][number];
    return SUCCESS;
}
static int give(const table_t *table, unsigned *length, process_t *rows) {
    if (is_secret) return NO_PERMISSION;
    unsigned room = *length;
    *length = table->length;
    if (!table->length) return SUCCESS;
    if (!rows || room < table->length) return INSUFFICIENT_SIZE;
    memcpy(rows, table->rows, table->length * sizeof *rows);
    return SUCCESS;
}
#define TABLE(kind, member)                                                                             \
    EXPORT int nvmlDeviceGet##kind##RunningProcesses_v2(card_t *card, unsigned *length, process_t *rows) { \
        READ_CARD(card);                                                                                \
        return give(&card->member, length, rows);                                                       \
    }                                                                                                   \
    EXPORT int nvmlDeviceGet##kind##RunningProcesses_v3(card_t *card, unsigned *length, process_t *rows) { \
        READ_CARD(card);                                                                                \
        return is_old ? FUNCTION_NOT_FOUND : give(&card->member, length, rows);                         \
    }
TABLE(Compute, compute)
TABLE(Graphics, graphics)
EXPORT int nvmlSystemGetProcessName(unsigned pid, char *text, unsigned length) {
    char path[64];
    READ_STATE();
    snprintf(path, sizeof path, "/proc/%u/comm", pid);
    FILE *file = fopen(path, "r");
    if (!file) return NOT_FOUND;
    if (!fgets(text, (int)length, file)) text[0] = 0;
    fclose(file);
    text[strcspn(text, "\n")] = 0;
    return SUCCESS;
}
