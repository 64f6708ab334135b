/**
 * @file
 * DataBlock: messages between processes of one machine, through a named block of shared memory. The C
 * interface.
 *
 * A **block** is a file in `/dev/shm`: a ring of slots. **Producers** write messages into slots and
 * **consumers** read them there; nothing is copied. **Observers** look at a block without changing a byte of
 * it, and **recovery** repairs what dead participants left behind. What all of them may rely on is in
 * docs/protocol.md.
 *
 *     datablock_config config = DATABLOCK_INIT(datablock_config);
 *     config.slot_count = 64;
 *     config.slot_size = 4096;
 *     datablock_segment_create("sensor", NULL, &config);
 *
 *     datablock_producer* producer = NULL;
 *     datablock_producer_open("sensor", NULL, &producer);
 *     datablock_slot slot = DATABLOCK_INIT(datablock_slot);
 *     if (slot_rw_acquire_write(producer, 1000, &slot) == DATABLOCK_OK) {
 *       memcpy(slot.data, "hello", 5);
 *       slot_rw_commit(producer, 5, 0);
 *     }
 *     datablock_producer_close(producer);
 *
 * Rules for everything here
 * - **Results.** A function returns #DATABLOCK_OK (0) or a negative code of error_codes.h. Nothing is ever
 * thrown. datablock_last_error_detail() says what went wrong in a sentence. Output parameters are written
 * only on success, except where it says otherwise.
 * - **Structs** begin with `struct_size`, which the caller sets: `DATABLOCK_INIT(type)`. A library that is
 * newer than its caller fills in, and reads, only what the caller knows; one that is older refuses what it
 * does not understand (a field beyond its own that is not zero). In what the caller fills in, 0 always means
 * "the default".
 * - **Arrays** of structs: `struct_size` of the first element is the size of each. `*count` tells how many
 * there are, which may be more than the `capacity` that was filled; with capacity 0 the array may be NULL.
 * - **Names.** A block's name is 1 to 200 of `A-Z a-z 0-9 . _ -`, without a leading dot. `dir` is the
 * directory it lies in; NULL: the environment's `DATABLOCK_DIR`, else `/dev/shm`.
 * - **Time-outs** are milliseconds on the monotonic clock: 0 tries once, a negative number waits for ever.
 * - **Threads.** "Any thread" may be called by several threads at a time. "One thread" means: by one at a
 * time for each handle; different handles are independent of one another. After fork() every handle of the
 * parent is closed in the child (#DATABLOCK_ERROR_CLOSED): open new ones there.
 */
#ifndef DATABLOCK_DATABLOCK_H
#define DATABLOCK_DATABLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "datablock/error_codes.h"

/* NOLINTBEGIN(modernize-use-using): this is C */

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DATABLOCK_API __attribute__((visibility("default")))
#else
#define DATABLOCK_API
#endif

/** Initializer of a struct of this interface: its size, and zero for everything else. */
#ifdef __cplusplus
extern "C++" {
template <class Struct>
constexpr Struct datablock_initialized() noexcept {
  Struct made{};
  made.struct_size = static_cast<uint32_t>(sizeof made);
  return made;
}
}
#define DATABLOCK_INIT(type) datablock_initialized<type>()
#else
#define DATABLOCK_INIT(type) \
  { .struct_size = (uint32_t)sizeof(type) }
#endif

/* ======================================================================================= versions */

/** Of this interface. Grows when something is added; the shared library's SONAME changes when something is
 * taken away. */
#define DATABLOCK_ABI_VERSION 1

/** DATABLOCK_ABI_VERSION of the library that is loaded. Any thread. */
DATABLOCK_API uint32_t datablock_abi_version(void);

/** Version of the library that is loaded, "major.minor.patch". Any thread. */
DATABLOCK_API const char* datablock_library_version(void);

/** Version of the layout of the blocks that this library makes. Any thread. */
DATABLOCK_API uint32_t datablock_layout_version(void);

/* ======================================================================================= results */

/** The catalogue's sentence about a code, in English. Never NULL; any number may be asked for. Any thread. */
DATABLOCK_API const char* datablock_error_string(datablock_result code);

/** The code's symbolic name, as "TIMEOUT". Never NULL. Any thread. */
DATABLOCK_API const char* datablock_error_name(datablock_result code);

/** What to try, one command or hint a line; NAME stands for the block's name. Never NULL. Any thread. */
DATABLOCK_API const char* datablock_error_advice(datablock_result code);

/** Exit code of a command that ends with it. Any thread. */
DATABLOCK_API int datablock_error_exit_code(datablock_result code);

/**
 * The catalogue, row by row: code number `index` (0, 1, ...), or #DATABLOCK_OK beyond its end. For bindings
 * that make exceptions of all of them. Any thread.
 */
DATABLOCK_API datablock_result datablock_error_at(size_t index);

/**
 * What the last call of this thread that failed met: the catalogue's sentence, and the case's details. Valid
 * until the next call that fails in this thread; a call that succeeds leaves it alone. "" before the first.
 * Any thread.
 */
DATABLOCK_API const char* datablock_last_error_detail(void);

/** The code of that call. #DATABLOCK_OK before the first. Any thread. */
DATABLOCK_API datablock_result datablock_last_error(void);

/** Where that call met a schema that is not the one asked for (SCHEMA_MISMATCH): every difference, a line
 * each. Else "". Valid as datablock_last_error_detail() is. Any thread. */
DATABLOCK_API const char* datablock_last_error_differences(void);

/* ======================================================================================= waits */

/**
 * For languages whose runtime has to look after signals now and then: from now on a call of this process that
 * has waited for about `milliseconds` ends with #DATABLOCK_ERROR_INTERRUPTED, of which nothing is counted;
 * call it again with what is left of the time-out. Looked at every 100 ms while a call sleeps. 0, the
 * default: calls wait as long as they are told. Waits of datablock_producer_open() for its turn as a standby
 * are not cut. Any thread.
 */
DATABLOCK_API void datablock_set_longest_wait(uint32_t milliseconds);

/** How long things may take where the caller has no wish of its own; milliseconds, -1: for ever, 0: one look.
 * docs/timeouts.md. */
typedef struct datablock_timeouts {
  uint32_t struct_size;
  uint32_t reserved;      /**< 0 */
  int64_t write_ms;       /**< a producer waits for a slot; default -1 */
  int64_t read_ms;        /**< a consumer waits for a message; default -1 */
  int64_t standby_ms;     /**< a second producer waits for the one that is allowed to go; default 0 */
  int64_t lock_ms;        /**< for a shared spinlock; default 10000 */
  int64_t kill_ms;        /**< for the end of a process that was killed; default 5000 */
  int64_t stuck_after_ms; /**< from then on the slot of a live owner counts as slow; default 30000 */
} datablock_timeouts;

/**
 * The defaults, and what the environment says instead (DATABLOCK_TIMEOUT_WRITE_MS and so on): for the
 * arguments `timeout_ms` of other calls, none of which asks the environment itself. ENVIRONMENT_INVALID names
 * a variable that makes no sense. Not beside setenv().
 */
DATABLOCK_API datablock_result datablock_get_timeouts(datablock_timeouts* timeouts);

/* ======================================================================================= schemas */

/** Does `text` describe a record, in its one canonical form (docs/schema.md)? SCHEMA_INVALID: not, and the
 * details say why and where. Any thread. */
DATABLOCK_API datablock_result datablock_schema_check(const char* text);

/** BLAKE2b-256 of a canonical text, 32 bytes. Any thread. SCHEMA_INVALID. */
DATABLOCK_API datablock_result datablock_schema_hash(const char* text, uint8_t* hash);

/** Is told of one difference: a line, and whether a compatible reader is not concerned (1). The text lives
 * until it returns. */
typedef void (*datablock_schema_visitor)(const char* difference, uint32_t is_compatible, void* user);

/** In what the schema of a block differs from one that is asked for; nothing is told of equal ones. Any
 * thread. SCHEMA_INVALID. */
DATABLOCK_API datablock_result datablock_schema_differences(const char* block, const char* asked,
                                                            datablock_schema_visitor visitor, void* user);

/** What a consumer's schema must have in common with the block's. */
enum datablock_schema_match {
  DATABLOCK_SCHEMA_EXACT = 1,     /**< the default: everything */
  DATABLOCK_SCHEMA_COMPATIBLE = 2 /**< name, major version, and every field that it has */
};

/* ======================================================================================= secrets */

/**
 * 256 bits that those who may take part in a block share, in memory that is not swapped, not dumped, and
 * wiped when the last handle that uses them is closed. What they protect against, and what not:
 * docs/security.md. Any thread.
 */
typedef struct datablock_secret datablock_secret;

/** Copies 32 bytes, not all of them 0. Any thread. SECRET_UNUSABLE. */
DATABLOCK_API datablock_result datablock_secret_from_bytes(const uint8_t* bytes, datablock_secret** secret);

/** From a file of 32 bytes, or of 64 hexadecimal digits and perhaps a newline, that others may not read (mode
 * 0600; of somebody else's at most a group). Any thread. SECRET_UNUSABLE. */
DATABLOCK_API datablock_result datablock_secret_from_file(const char* path, datablock_secret** secret);

/** The same from an open descriptor, read to its end, and not closed. Any thread. SECRET_UNUSABLE. */
DATABLOCK_API datablock_result datablock_secret_from_descriptor(int descriptor, datablock_secret** secret);

/** The handles that use it keep what they need. NULL is fine. One thread. */
DATABLOCK_API void datablock_secret_close(datablock_secret* secret);

/* ======================================================================================= segments: making,
 * finding, removing */

/** How many producers may be attached at a time. */
enum datablock_producer_mode {
  DATABLOCK_PRODUCERS_SINGLE = 1, /**< the default */
  DATABLOCK_PRODUCERS_MULTI = 2
};

/** How messages are checked. */
enum datablock_checksum_algorithm {
  DATABLOCK_CHECKSUM_NONE = 0,         /**< the default */
  DATABLOCK_CHECKSUM_XXH3 = 1,         /**< 128 bits, against accidents, at memory speed */
  DATABLOCK_CHECKSUM_BLAKE2B = 2,      /**< 256 bits, cryptographic */
  DATABLOCK_CHECKSUM_BLAKE2B_KEYED = 3 /**< the same with the block's secret: against forgery, too */
};

/** Who checks them. */
enum datablock_checksum_policy {
  DATABLOCK_POLICY_ENFORCED =
      1, /**< the default: stored at each commit, verified before each message is handed over */
  DATABLOCK_POLICY_MANUAL =
      2 /**< by datablock_producer_update_checksum() and datablock_consumer_verify_checksum() */
};

/** What a producer does when a sync consumer is a whole ring behind. */
enum datablock_overflow_policy {
  DATABLOCK_OVERFLOW_WAIT = 1, /**< the default: wait, until the time-out */
  DATABLOCK_OVERFLOW_FAIL = 2  /**< #DATABLOCK_ERROR_WOULD_BLOCK at once */
};

/** Who pays for memory ordering, see docs/protocol.md. */
enum datablock_fences {
  DATABLOCK_FENCES_REAL = 1,
  DATABLOCK_FENCES_ASYMMETRIC = 2 /**< the default where the kernel has membarrier(2) */
};

/** A choice whose default is stated where it is used. */
enum datablock_switch { DATABLOCK_DEFAULT = 0, DATABLOCK_ON = 1, DATABLOCK_OFF = 2 };

/** A named area of a block for its users' own purposes; page-aligned. */
typedef struct datablock_zone_config {
  uint32_t struct_size;
  uint32_t reserved;
  const char* name; /**< 1 to 47 bytes */
  uint64_t bytes;
} datablock_zone_config;

/** What a block is made with; fixed for its life. */
typedef struct datablock_config {
  uint32_t struct_size;
  uint32_t file_mode;          /**< permissions; default 0600 */
  uint64_t slot_count;         /**< 1 to 2^31; required */
  uint64_t slot_size;          /**< bytes a message may have; required, at least 1 */
  uint32_t producer_mode;      /**< datablock_producer_mode */
  uint32_t max_participants;   /**< producers and consumers together, 1 to 64; default 64 */
  int32_t max_sync;            /**< sync consumers at a time; default: max_participants; -1: none */
  uint32_t checksum_algorithm; /**< datablock_checksum_algorithm */
  uint32_t checksum_policy;    /**< datablock_checksum_policy */
  uint32_t overflow_policy;    /**< datablock_overflow_policy */
  uint32_t fences;             /**< datablock_fences */
  uint32_t self_heal;     /**< datablock_switch, default on: who waits on a dead peer cleans up after it */
  uint32_t heal_after_ms; /**< after having waited that long; default 100 */
  uint32_t timestamps;    /**< datablock_switch, default off: commit times in each slot */
  uint32_t set_group;     /**< 1: give the file to `group` */
  uint32_t group;         /**< group id, used with set_group */
  const datablock_zone_config* zones; /**< `zone_count` of them */
  uint64_t zone_count;                /**< at most 64 */
  const char* schema; /**< canonical text (docs/schema.md) of its records; default: its messages are bytes */
  const datablock_secret*
      secret; /**< who takes part needs it; default: of the environment's DATABLOCK_SECRET */
} datablock_config;

/** A block's identity and configuration, read from its header. */
typedef struct datablock_segment_info {
  uint32_t struct_size;
  uint32_t layout_version;
  uint8_t instance[16]; /**< random: this very block, whatever its name */
  uint64_t total_size;  /**< bytes of the file */
  uint64_t slot_count;
  uint64_t slot_size;
  uint64_t stride; /**< bytes from one slot's payload to the next one's */
  uint32_t producer_mode;
  uint32_t max_participants;
  uint32_t max_sync;
  uint32_t checksum_algorithm;
  uint32_t checksum_policy;
  uint32_t overflow_policy;
  uint32_t fences;
  uint32_t self_heal; /**< datablock_switch, never DATABLOCK_DEFAULT; so is timestamps */
  uint32_t heal_after_ms;
  uint32_t timestamps;
  uint32_t zone_count;
  uint32_t creator_pid;
  uint64_t created_ns;      /**< CLOCK_REALTIME */
  char creator_version[32]; /**< of the library that made it */
  uint32_t has_secret;      /**< 1: who takes part needs its secret */
  uint32_t reserved;
} datablock_segment_info;

/**
 * Makes a block. It is whole before it has a name, never replaces a file, and stays until it is unlinked.
 * Any thread. CONFIG_INVALID, SCHEMA_INVALID, NAME_INVALID, EXISTS, NO_SPACE, PERMISSION, FENCES_UNAVAILABLE.
 */
DATABLOCK_API datablock_result datablock_segment_create(const char* name, const char* dir,
                                                        const datablock_config* config);

/**
 * Makes the block, or finds one of the same configuration that is there already; `*created` (may be NULL) is
 * 1 or 0. Any thread. As datablock_segment_create(), without EXISTS; CONFIG_DIFFERS, with every difference in
 * the details.
 */
DATABLOCK_API datablock_result datablock_segment_open_or_create(const char* name, const char* dir,
                                                                const datablock_config* config,
                                                                uint32_t* created);

/**
 * Removes a block's name. `instance`: 16 bytes, only if it is that very block (#DATABLOCK_ERROR_RECREATED);
 * NULL: whichever has the name, a damaged one too. Refused (#DATABLOCK_ERROR_IN_USE) while somebody is
 * attached, unless `force` is not 0: they go on with a nameless block. Any thread. NO_SUCH_BLOCK, PERMISSION.
 */
DATABLOCK_API datablock_result datablock_segment_unlink(const char* name, const char* dir,
                                                        const uint8_t* instance, uint32_t force);

/** Reads a block's header, without mapping the block. Any thread. NO_SUCH_BLOCK, NOT_A_BLOCK, TRUNCATED, ...
 */
DATABLOCK_API datablock_result datablock_segment_info_of(const char* name, const char* dir,
                                                         datablock_segment_info* info);

/**
 * Is told of one block. `status`: #DATABLOCK_OK, or why it cannot be opened (a damaged block, or a file that
 * this user may not read, which may be one). A result other than 0 ends the listing.
 */
typedef int (*datablock_segment_visitor)(const char* name, datablock_result status, void* user);

/** Tells `visitor` of all blocks of a directory, in the order of their names; other files are passed over.
 * Any thread. */
DATABLOCK_API datablock_result datablock_segment_list(const char* dir, datablock_segment_visitor visitor,
                                                      void* user);

/* ======================================================================================= slots: the
 * primitive calls */

/** One that writes. */
typedef struct datablock_producer datablock_producer;
/** One that reads. */
typedef struct datablock_consumer datablock_consumer;

/** A slot to write in, from acquire to commit or release. */
typedef struct datablock_slot {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t seq;      /**< the message's number: 0, 1, 2, ... */
  uint64_t slot;     /**< the slot's index: seq mod slot_count */
  void* data;        /**< `capacity` bytes, aligned to 64 */
  uint64_t capacity; /**< slot_size of the block */
} datablock_slot;

/** Flags that travel with a message; the other bits are free for its users. */
enum datablock_message_flag {
  DATABLOCK_FLAG_END =
      1, /**< an end-of-stream mark; set by datablock_producer_mark_end() only, never seen by readers */
  DATABLOCK_FLAG_LINE = 2,   /**< a line of text: a newline followed it */
  DATABLOCK_FLAG_PATTERN = 4 /**< generated by `produce`, so that its content can be checked */
};

/** A message to read, from acquire to release. */
typedef struct datablock_message {
  uint32_t struct_size;
  uint32_t flags;
  uint64_t seq;
  uint64_t slot;
  uint64_t generation; /**< how often the slot has been claimed, this time included */
  const void* data;    /**< `length` bytes, aligned to 64, in memory that is mapped read-only */
  uint64_t length;
  uint64_t lost;   /**< messages lost just before this one */
  uint32_t writer; /**< participant id of who wrote it */
  uint32_t reserved;
} datablock_message;

/**
 * Takes the next message's slot in hand. Until slot_rw_commit() or slot_rw_release_write() its bytes are the
 * caller's; a second acquire before that is refused (#DATABLOCK_ERROR_NESTED_USE). One thread. TIMEOUT,
 * WOULD_BLOCK, NESTED_USE, CLOSED, INTERRUPTED, LOCK_LOST, CORRUPT, ALL_SLOTS_QUARANTINED.
 */
DATABLOCK_API datablock_result slot_rw_acquire_write(datablock_producer* producer, int64_t timeout_ms,
                                                     datablock_slot* slot);

/**
 * Publishes the first `length` bytes of the slot in hand, and lets it go. One thread.
 * MESSAGE_TOO_LARGE (the slot stays in hand), NOTHING_IN_HAND, FENCED (the slot was taken away by force:
 * nothing is published), INVALID_ARGUMENT (#DATABLOCK_FLAG_END), CLOSED.
 */
DATABLOCK_API datablock_result slot_rw_commit(datablock_producer* producer, uint64_t length, uint32_t flags);

/** Lets the slot in hand go without publishing it: consumers step over its number. One thread.
 * NOTHING_IN_HAND, FENCED. */
DATABLOCK_API datablock_result slot_rw_release_write(datablock_producer* producer);

/**
 * Takes the next message in hand. Until slot_rw_release_read() its bytes stay. `out_generation` (may be
 * NULL): the slot's generation, for slot_rw_validate_read(). `message` may be NULL. One thread. TIMEOUT,
 * END_OF_STREAM (call again to go on to the next producer), CHECKSUM_MISMATCH (the message is skipped, and
 * counted as lost with the next one), EVICTED, NESTED_USE, CLOSED, INTERRUPTED, LOCK_LOST, RECREATED,
 * CORRUPT.
 */
DATABLOCK_API datablock_result slot_rw_acquire_read(datablock_consumer* consumer, int64_t timeout_ms,
                                                    datablock_message* message, uint64_t* out_generation);

/**
 * Is what was read so far whole? #DATABLOCK_OK as long as the slot in hand holds the generation that was
 * acquired: always, but for a sync consumer that was evicted meanwhile (#DATABLOCK_ERROR_EVICTED). One
 * thread. NOTHING_IN_HAND, CLOSED.
 */
DATABLOCK_API datablock_result slot_rw_validate_read(datablock_consumer* consumer, uint64_t generation);

/** Lets the message in hand go. One thread. NOTHING_IN_HAND, EVICTED (what was read is not to be trusted),
 * CLOSED. */
DATABLOCK_API datablock_result slot_rw_release_read(datablock_consumer* consumer);

/* ======================================================================================= producers */

/** How a participant waits. */
enum datablock_wait_strategy {
  DATABLOCK_WAIT_SPIN = 1,     /**< lowest latency, keeps a core busy */
  DATABLOCK_WAIT_ADAPTIVE = 2, /**< the default: spins for some microseconds, then sleeps */
  DATABLOCK_WAIT_BLOCK = 3     /**< sleeps at once */
};

typedef struct datablock_producer_options {
  uint32_t struct_size;
  uint32_t wait;       /**< datablock_wait_strategy */
  const char* dir;     /**< directory of the block */
  const char* label;   /**< shown to operators, at most 31 bytes; default: the process's command name */
  const char* note;    /**< at most 63 bytes */
  uint32_t populate;   /**< 1: fault every page in now */
  uint32_t watch_name; /**< 1: waits end with #DATABLOCK_ERROR_RECREATED when the block's name is removed */
  int64_t standby_ms;  /**< while the one producer of a block lives: wait that long for it to go */
  const char*
      schema; /**< canonical text of the records that it writes, which must be the block's; default: bytes */
  const datablock_secret* secret; /**< of the block; default: of the environment's DATABLOCK_SECRET */
  uint32_t seal_all; /**< 1: store each message's checksum at commit also with DATABLOCK_POLICY_MANUAL */
  uint32_t reserved;
} datablock_producer_options;

/** Counts of one handle, since it was opened. */
typedef struct datablock_stats {
  uint32_t struct_size;
  uint32_t participant; /**< id of the handle in its block, 1 to 64 */
  uint64_t messages;    /**< committed, or handed over */
  uint64_t bytes;
  uint64_t lost;     /**< messages that a consumer was too slow for, or whose checksum was wrong */
  uint64_t timeouts; /**< calls that ended with TIMEOUT */
  uint64_t healed;   /**< dead participants that this handle cleaned up after while it waited */
  uint64_t corrupt;  /**< messages that did not match their checksum */
} datablock_stats;

/**
 * Attaches to a block as a producer. `options` may be NULL. Any thread.
 * NO_SUCH_BLOCK, PERMISSION, SINGLE_PRODUCER, PARTICIPANTS_FULL, FENCES_UNAVAILABLE, NOT_A_BLOCK, TRUNCATED,
 * ...
 */
DATABLOCK_API datablock_result datablock_producer_open(const char* name,
                                                       const datablock_producer_options* options,
                                                       datablock_producer** producer);

/**
 * Leaves the block; a slot in hand is released unpublished. The handle remains: its calls end with CLOSED,
 * and what datablock_producer_payload() told stays mapped until datablock_producer_close(), for those who may
 * still look at it. A second time: nothing. One thread.
 */
DATABLOCK_API datablock_result datablock_producer_leave(datablock_producer* producer);

/** Leaves the block and frees the handle; a slot in hand is released unpublished. NULL is fine. One thread.
 */
DATABLOCK_API void datablock_producer_close(datablock_producer* producer);

/** Identity and configuration of its block. Any thread. */
DATABLOCK_API datablock_result datablock_producer_info(const datablock_producer* producer,
                                                       datablock_segment_info* info);

/** Canonical text of the block's schema, "" without one; until the handle is closed. Any thread. */
DATABLOCK_API datablock_result datablock_producer_schema(const datablock_producer* producer,
                                                         const char** text);

/** One thread. */
DATABLOCK_API datablock_result datablock_producer_stats(const datablock_producer* producer,
                                                        datablock_stats* stats);

/** The payload ring: slot i begins at `base + i * stride`. Mapped until the handle is closed. Any thread. */
DATABLOCK_API datablock_result datablock_producer_payload(const datablock_producer* producer, void** base,
                                                          uint64_t* stride);

/** Acquires, copies `length` bytes in, commits. One thread. As slot_rw_acquire_write() and slot_rw_commit().
 */
DATABLOCK_API datablock_result datablock_producer_write(datablock_producer* producer, const void* data,
                                                        uint64_t length, uint32_t flags, int64_t timeout_ms);

/**
 * Writes `count` messages that lie one behind the other in `data`: message k ends before byte `ends[k]`. All
 * are checked before the first is published. The time-out is that of each message. `*written` (may be NULL)
 * is how many were published, also when the call fails after some of them. One thread. As
 * datablock_producer_write(); INVALID_ARGUMENT.
 */
DATABLOCK_API datablock_result datablock_producer_write_run(datablock_producer* producer, const void* data,
                                                            const uint64_t* ends, size_t count,
                                                            uint32_t flags, int64_t timeout_ms,
                                                            size_t* written);

/**
 * Takes up to `capacity` slots in hand at once: waits for the first, the others only if they are free now.
 * Fill them, then datablock_producer_commit_run(). One thread. As slot_rw_acquire_write(); INVALID_ARGUMENT
 * (capacity 0).
 */
DATABLOCK_API datablock_result datablock_producer_acquire_run(datablock_producer* producer,
                                                              int64_t timeout_ms, datablock_slot* slots,
                                                              size_t capacity, size_t* count);

/**
 * Publishes the first `count` slots of the run in hand, in order, with `lengths[k]` bytes each, and lets the
 * others go unpublished. All lengths are checked first: on MESSAGE_TOO_LARGE everything stays in hand.
 * `*published` (may be NULL) is written also on failure. One thread. FENCED (that slot was taken away; those
 * after it are published all the same), NOTHING_IN_HAND, INVALID_ARGUMENT, CLOSED.
 */
DATABLOCK_API datablock_result datablock_producer_commit_run(datablock_producer* producer,
                                                             const uint64_t* lengths, size_t count,
                                                             uint32_t flags, size_t* published);

/** Publishes an end-of-stream mark: consumers that have read everything get END_OF_STREAM. One thread. */
DATABLOCK_API datablock_result datablock_producer_mark_end(datablock_producer* producer, int64_t timeout_ms);

/**
 * Stores the checksum of the slot in hand, for blocks with DATABLOCK_POLICY_MANUAL; then commit the same
 * length and flags. One thread. NOTHING_IN_HAND, CONFIG_INVALID (the block has no checksums),
 * MESSAGE_TOO_LARGE.
 */
DATABLOCK_API datablock_result datablock_producer_update_checksum(datablock_producer* producer,
                                                                  uint64_t length, uint32_t flags);

/** Shows observers that this participant is well. Touches no slot, and never waits. One thread. CLOSED. */
DATABLOCK_API datablock_result datablock_producer_heartbeat(datablock_producer* producer);

/**
 * A heartbeat that also asks the kernel whether the handle's seat in the block still is its own. For a loop
 * that never waits: once a second, say. One thread. CLOSED, LOCK_LOST, RECREATED (when the name is watched).
 */
DATABLOCK_API datablock_result datablock_producer_check_in(datablock_producer* producer);

/** How many sync consumers are attached now. Any thread. */
DATABLOCK_API datablock_result datablock_producer_sync_consumers(const datablock_producer* producer,
                                                                 uint32_t* count);

/**
 * Ends the wait that another thread is in, and every later one, with CLOSED, within 100 ms. For an orderly
 * end: then join that thread, and close the handle. Any thread.
 */
DATABLOCK_API datablock_result datablock_producer_cancel(datablock_producer* producer);

/* ======================================================================================= consumers */

/** How a consumer reads. */
enum datablock_consumer_mode {
  DATABLOCK_MODE_SYNC = 1,       /**< the default: every message, in order; producers wait for it */
  DATABLOCK_MODE_SEQUENTIAL = 2, /**< in order; never holds a producer up, and counts what it missed */
  DATABLOCK_MODE_LATEST = 3      /**< always the newest message */
};

/** Where it begins. */
enum datablock_start_from {
  DATABLOCK_FROM_LATEST =
      1, /**< the default: with the next message (DATABLOCK_MODE_LATEST: the newest there is) */
  DATABLOCK_FROM_OLDEST = 2 /**< with the oldest message that is still in the ring */
};

/** What becomes of a message that does not match its checksum. It is counted, and declared as lost, either
 * way. */
enum datablock_on_corrupt {
  DATABLOCK_ON_CORRUPT_REPORT = 1, /**< the default: CHECKSUM_MISMATCH once, the next call goes on */
  DATABLOCK_ON_CORRUPT_SKIP = 2    /**< the next message */
};

typedef struct datablock_consumer_options {
  uint32_t struct_size;
  uint32_t wait;       /**< datablock_wait_strategy */
  const char* dir;     /**< directory of the block */
  const char* label;   /**< shown to operators, at most 31 bytes; default: the process's command name */
  const char* note;    /**< at most 63 bytes */
  uint32_t populate;   /**< 1: fault every page in now */
  uint32_t watch_name; /**< 1: waits end with #DATABLOCK_ERROR_RECREATED when the block's name is removed */
  uint32_t mode;       /**< datablock_consumer_mode */
  uint32_t from;       /**< datablock_start_from */
  const char* schema;  /**< canonical text of the records that it reads; default: bytes, whatever they are */
  uint32_t schema_match;          /**< datablock_schema_match */
  uint32_t on_corrupt;            /**< datablock_on_corrupt */
  const datablock_secret* secret; /**< of the block; default: of the environment's DATABLOCK_SECRET */
} datablock_consumer_options;

/** Attaches to a block as a consumer. `options` may be NULL. Any thread. As datablock_producer_open();
 * SYNC_FORBIDDEN. */
DATABLOCK_API datablock_result datablock_consumer_open(const char* name,
                                                       const datablock_consumer_options* options,
                                                       datablock_consumer** consumer);

/** As datablock_producer_leave(); messages in hand are let go. One thread. */
DATABLOCK_API datablock_result datablock_consumer_leave(datablock_consumer* consumer);

/** Leaves the block and frees the handle; messages in hand are let go. NULL is fine. One thread. */
DATABLOCK_API void datablock_consumer_close(datablock_consumer* consumer);

/** Identity and configuration of its block. Any thread. */
DATABLOCK_API datablock_result datablock_consumer_info(const datablock_consumer* consumer,
                                                       datablock_segment_info* info);

/** Canonical text of the block's schema, "" without one; until the handle is closed. Any thread. */
DATABLOCK_API datablock_result datablock_consumer_schema(const datablock_consumer* consumer,
                                                         const char** text);

/** One thread. */
DATABLOCK_API datablock_result datablock_consumer_stats(const datablock_consumer* consumer,
                                                        datablock_stats* stats);

/** The payload ring, mapped read-only: slot i begins at `base + i * stride`. Until the handle is closed. Any
 * thread. */
DATABLOCK_API datablock_result datablock_consumer_payload(const datablock_consumer* consumer,
                                                          const void** base, uint64_t* stride);

/**
 * Takes up to `capacity` messages in hand that follow one another; waits for the first, takes the others only
 * if they are there. One at a time where messages are verified or the consumer is not a sync one. One thread.
 * As slot_rw_acquire_read().
 */
DATABLOCK_API datablock_result datablock_consumer_acquire_run(datablock_consumer* consumer,
                                                              int64_t timeout_ms, datablock_message* messages,
                                                              size_t capacity, size_t* count);

/** Lets the oldest `count` messages in hand go. One thread. As slot_rw_release_read(). */
DATABLOCK_API datablock_result datablock_consumer_release_run(datablock_consumer* consumer, size_t count);

/**
 * Acquires, copies out, releases. `*length` (may be NULL) is the message's length, also when `buffer` is too
 * small for it (MESSAGE_TOO_LARGE: it stays in hand, and is what the next call reads). One thread. As
 * slot_rw_acquire_read().
 */
DATABLOCK_API datablock_result datablock_consumer_read(datablock_consumer* consumer, void* buffer,
                                                       uint64_t capacity, uint64_t* length,
                                                       int64_t timeout_ms);

/**
 * Copies messages out, one behind the other, and lets them go: waits for the first, takes the others only if
 * they are there and fit. Message k ends before byte `ends[k]` of `buffer`, which has `capacity` bytes; at
 * most `most` of them. `*count` is how many there are and `*lost` (may be NULL) what was lost before and
 * between them, also when the call fails after some of them. MESSAGE_TOO_LARGE: the first one does not fit,
 * stays in hand, and is what the next call reads. One thread. As slot_rw_acquire_read(); INVALID_ARGUMENT
 * (`most` 0).
 */
DATABLOCK_API datablock_result datablock_consumer_read_run(datablock_consumer* consumer, void* buffer,
                                                           uint64_t capacity, uint64_t* ends, size_t most,
                                                           int64_t timeout_ms, size_t* count, uint64_t* lost);

/**
 * Goes on with message `seq`; what it passes over is not counted as lost, what was overwritten already is. A
 * sync consumer, which holds only what it has not finished, seeks forwards only. One thread. INVALID_ARGUMENT
 * (backwards, not claimed yet, or a consumer of the latest), NESTED_USE, EVICTED, CLOSED.
 */
DATABLOCK_API datablock_result datablock_consumer_seek(datablock_consumer* consumer, uint64_t seq);

/** Goes on with the newest message that it has not read yet, or the next one to come. One thread. As seek. */
DATABLOCK_API datablock_result datablock_consumer_seek_latest(datablock_consumer* consumer);

/**
 * Recomputes the checksum of the message in hand. One thread. #DATABLOCK_OK, CHECKSUM_MISMATCH, NOTHING_TO_DO
 * (it has none), NOTHING_IN_HAND. One that differs is counted.
 */
DATABLOCK_API datablock_result datablock_consumer_verify_checksum(datablock_consumer* consumer);

/** Shows observers that this participant is well. Touches no slot, and never waits. One thread. CLOSED. */
DATABLOCK_API datablock_result datablock_consumer_heartbeat(datablock_consumer* consumer);

/**
 * A heartbeat that also asks the kernel whether the handle's seat in the block still is its own. For a loop
 * that never waits: once a second, say. One thread. CLOSED, LOCK_LOST, RECREATED (when the name is watched).
 */
DATABLOCK_API datablock_result datablock_consumer_check_in(datablock_consumer* consumer);

/** For those who pass messages on, to a socket or a file: one could not be sent. Counted in the block's
 * metrics (zmq_send_failures). One thread. CLOSED. */
DATABLOCK_API datablock_result datablock_consumer_note_send_failure(datablock_consumer* consumer);

/** How many producers died without an end-of-stream mark since this handle was opened. Some microseconds. One
 * thread. */
DATABLOCK_API datablock_result datablock_consumer_dead_producers(const datablock_consumer* consumer,
                                                                 uint32_t* count);

/** As datablock_producer_cancel(). Any thread. */
DATABLOCK_API datablock_result datablock_consumer_cancel(datablock_consumer* consumer);

/* ======================================================================================= zones and spinlocks
 */

/**
 * One that uses zones and spinlocks only. It is a participant of its own, beside a producer or a consumer of
 * the same process: it neither writes nor reads messages, and holds nobody back.
 */
typedef struct datablock_zone_user datablock_zone_user;
/** One thread's access to one lock of a block. */
typedef struct datablock_spinlock datablock_spinlock;

/** How many spinlocks a block has; they are numbered from 0. */
#define DATABLOCK_SPINLOCKS 32

typedef struct datablock_zone_user_options {
  uint32_t struct_size;
  uint32_t wait;       /**< datablock_wait_strategy, for locks */
  const char* dir;     /**< directory of the block */
  const char* label;   /**< shown to operators, at most 31 bytes; default: the process's command name */
  const char* note;    /**< at most 63 bytes */
  uint32_t populate;   /**< 1: fault every page in now */
  uint32_t watch_name; /**< 1: waits end with #DATABLOCK_ERROR_RECREATED when the block's name is removed */
  const datablock_secret* secret; /**< of the block; default: of the environment's DATABLOCK_SECRET */
} datablock_zone_user_options;

/** A named area of a block. */
typedef struct datablock_zone {
  uint32_t struct_size;
  uint32_t index; /**< in the block's table of zones */
  void* data;     /**< page-aligned, shared; read-only memory for an observer */
  uint64_t size;  /**< bytes */
  char name[48];  /**< zero-terminated */
} datablock_zone;

/** Attaches to a block as a user of its zones. `options` may be NULL. Any thread. As
 * datablock_producer_open().
 */
DATABLOCK_API datablock_result datablock_zone_user_open(const char* name,
                                                        const datablock_zone_user_options* options,
                                                        datablock_zone_user** user);

/**
 * Leaves the block. A spinlock that is still locked is left to its next owner, who is told (OWNER_DEAD). The
 * handle remains: its calls end with CLOSED, and its zones stay mapped until datablock_zone_user_close(). A
 * second time: nothing. One thread.
 */
DATABLOCK_API datablock_result datablock_zone_user_leave(datablock_zone_user* user);

/** Leaves the block and frees the handle; close its spinlocks first. NULL is fine. One thread. */
DATABLOCK_API void datablock_zone_user_close(datablock_zone_user* user);

/** Identity and configuration of its block. Any thread. */
DATABLOCK_API datablock_result datablock_zone_user_info(const datablock_zone_user* user,
                                                        datablock_segment_info* info);

/** Shows observers that this participant is well. Never waits. One thread. LOCK_LOST, CLOSED. */
DATABLOCK_API datablock_result datablock_zone_user_heartbeat(datablock_zone_user* user);

/** As datablock_producer_cancel(), for waits for its locks. Any thread. */
DATABLOCK_API datablock_result datablock_zone_user_cancel(datablock_zone_user* user);

/** One of the block's zones by its name. Its memory stays until the handle is closed; nothing orders what
 * several processes do in it: that is what the spinlocks are for. Any thread. NO_SUCH_ZONE. */
DATABLOCK_API datablock_result datablock_zone_user_zone(const datablock_zone_user* user, const char* name,
                                                        datablock_zone* zone);

/** Stores the checksum of what is in the zone now, with the block's algorithm (xxh3 where it has none). Never
 * done by itself. The caller keeps others from writing meanwhile. Any thread. NO_SUCH_ZONE, CLOSED. */
DATABLOCK_API datablock_result datablock_zone_user_update_checksum(datablock_zone_user* user,
                                                                   const char* name);

/** #DATABLOCK_OK: the zone is as it was when its checksum was stored. Any thread. CHECKSUM_MISMATCH,
 * NOTHING_TO_DO (none is stored), NO_SUCH_ZONE, SECRET_NEEDED (it is keyed, for observers). */
DATABLOCK_API datablock_result datablock_zone_user_verify_checksum(const datablock_zone_user* user,
                                                                   const char* name);

/**
 * Access to lock `index` of the block. What each lock protects is for the users of the block to agree upon.
 * Its owner is a thread of a participant, so each thread opens it for itself, and closes it before the zone
 * user. One thread. CONFIG_INVALID (there is no such lock).
 */
DATABLOCK_API datablock_result datablock_spinlock_open(datablock_zone_user* user, uint32_t index,
                                                       datablock_spinlock** lock);

/** Frees the handle; a lock that it holds stays locked. NULL is fine. One thread. */
DATABLOCK_API void datablock_spinlock_close(datablock_spinlock* lock);

/**
 * Locks; as often as the same thread likes, which then unlocks as often. #DATABLOCK_OK;
 * **#DATABLOCK_ERROR_OWNER_DEAD: locked as well**, but an owner before died or left without unlocking, and
 * nobody has called datablock_spinlock_mark_consistent() since: what the lock protects may be half-updated.
 * Every other code: not locked. A dead owner is noticed after the block's healing interval. One thread.
 * TIMEOUT, CLOSED, INTERRUPTED, LOCK_LOST, RECREATED, CORRUPT, NESTED_USE (2^32 times already).
 */
DATABLOCK_API datablock_result datablock_spinlock_lock(datablock_spinlock* lock, int64_t timeout_ms);

/** One thread. NOT_LOCKED: this thread does not hold it (any more); CLOSED. */
DATABLOCK_API datablock_result datablock_spinlock_unlock(datablock_spinlock* lock);

/** Says that what the lock protects is whole again: later owners are not told of the dead one any more. One
 * thread, which holds it. NOT_LOCKED, CLOSED. */
DATABLOCK_API datablock_result datablock_spinlock_mark_consistent(datablock_spinlock* lock);

/** 1: this thread holds it. 0: not. Negative: an error (INVALID_ARGUMENT). One thread. */
DATABLOCK_API int datablock_spinlock_is_held(const datablock_spinlock* lock);

/* ======================================================================================= observers:
 * diagnosis */

/** Looks at a block, or at a snapshot file, read-only. */
typedef struct datablock_observer datablock_observer;

/** What is happening to a slot. */
enum datablock_phase {
  DATABLOCK_PHASE_FREE = 0, /**< never used, or a number that was given up */
  DATABLOCK_PHASE_WRITING = 1,
  DATABLOCK_PHASE_COMMITTED = 2,
  DATABLOCK_PHASE_DRAINING = 3, /**< claimed, but somebody may still read the message before */
  DATABLOCK_PHASE_DRAINING_EMPTY = 4,
  DATABLOCK_PHASE_QUARANTINED = 5 /**< taken from a live producer by force, until that is done with it */
};

/** Does a participant live? The kernel's word, by its lock on the file. */
enum datablock_verdict {
  DATABLOCK_VERDICT_ALIVE = 1,
  DATABLOCK_VERDICT_STOPPED = 2, /**< lives, but is stopped or frozen */
  DATABLOCK_VERDICT_DEAD = 3,
  DATABLOCK_VERDICT_UNKNOWN = 4 /**< `doubt` says why */
};

/** Why it cannot be said. */
enum datablock_doubt {
  DATABLOCK_DOUBT_NONE = 0,
  DATABLOCK_DOUBT_NO_LOCKS = 1,   /**< the file system cannot be asked for locks */
  DATABLOCK_DOUBT_OTHER_BOOT = 2, /**< the block is from before the last boot, and yet the lock is held */
  DATABLOCK_DOUBT_LOCK_HELD_PROCESS_GONE = 3 /**< a child of a fork that kept the descriptor, say */
};

/** What is to be thought of a slot. */
enum datablock_slot_verdict {
  DATABLOCK_SLOT_HEALTHY = 1,     /**< nobody owns it */
  DATABLOCK_SLOT_BUSY = 2,        /**< its owner lives */
  DATABLOCK_SLOT_SLOW = 3,        /**< its owner lives, and has had it for longer than `stuck_after_ms` */
  DATABLOCK_SLOT_STUCK = 4,       /**< its owner is dead: safe to reset */
  DATABLOCK_SLOT_HELD = 5,        /**< a consumer still looks at it */
  DATABLOCK_SLOT_QUARANTINED = 6, /**< taken from a live producer by force */
  DATABLOCK_SLOT_CORRUPT = 7,     /**< its word is impossible */
  DATABLOCK_SLOT_UNKNOWN = 8      /**< it cannot be said whether its owner lives */
};

/** What a participant is. */
enum datablock_role {
  DATABLOCK_ROLE_NONE = 0,
  DATABLOCK_ROLE_PRODUCER = 1,
  DATABLOCK_ROLE_CONSUMER = 2,
  DATABLOCK_ROLE_ZONE_USER = 3 /**< uses zones and spinlocks only */
};

/** State of a participant's entry. */
enum datablock_entry_state {
  DATABLOCK_ENTRY_FREE = 0,
  DATABLOCK_ENTRY_JOINING = 1,
  DATABLOCK_ENTRY_ACTIVE = 2,
  DATABLOCK_ENTRY_LEAVING = 3
};

/** "No such number" where a seq, a hold, a pin or a slot is told. */
#define DATABLOCK_NONE UINT64_MAX

/** A slot's state as it lies in the block, unjudged. */
typedef struct datablock_slot_state {
  uint32_t struct_size;
  uint32_t phase; /**< datablock_phase, or another number in a corrupt word */
  uint64_t word;  /**< generation:52 | owner:8 | phase:4 */
  uint64_t generation;
  uint64_t seq;    /**< the message that the word speaks of; DATABLOCK_NONE: none yet */
  uint32_t owner;  /**< participant id, 0: nobody */
  uint32_t writer; /**< participant id of who committed it last */
  uint64_t length;
  uint32_t flags;
  uint32_t reserved;
  uint64_t acquired_ns;  /**< CLOCK_MONOTONIC_COARSE */
  uint64_t committed_ns; /**< CLOCK_MONOTONIC; 0 where the block records no time stamps */
} datablock_slot_state;

/** A slot, judged. */
typedef struct datablock_slot_diagnosis {
  uint32_t struct_size;
  uint32_t verdict; /**< datablock_slot_verdict */
  uint64_t slot;
  uint64_t word;
  uint64_t generation;
  uint64_t seq; /**< DATABLOCK_NONE: none yet */
  uint32_t phase;
  uint32_t owner;         /**< participant id, 0: nobody */
  uint32_t owner_pid;     /**< 0: nobody */
  uint32_t owner_verdict; /**< datablock_verdict; 0 without an owner */
  int64_t held_for_ns; /**< how long its owner has had it; -1: no owner, or the clocks cannot be compared */
  uint64_t held_by;    /**< bit id - 1: consumers that look at it */
  uint64_t length;
  uint32_t flags;
  uint32_t is_safe_to_reset; /**< 1: its owner is dead, datablock_force_reset_slot() will do it */
} datablock_slot_diagnosis;

/** A participant, with the evidence of its verdict. -1 as evidence: could not be had. */
typedef struct datablock_participant {
  uint32_t struct_size;
  uint32_t id;
  uint32_t role;    /**< datablock_role */
  uint32_t mode;    /**< datablock_producer_mode or datablock_consumer_mode, by its role; else 0 */
  uint32_t state;   /**< datablock_entry_state */
  uint32_t standby; /**< 1: a producer that waits for another one to go */
  uint32_t verdict; /**< datablock_verdict */
  uint32_t doubt;   /**< datablock_doubt */
  uint32_t pid;     /**< in its own pid namespace */
  uint32_t uid;
  uint64_t start_time;    /**< clock ticks after boot */
  uint64_t pid_namespace; /**< inode; 0: not known */
  int32_t lock_held;
  int32_t same_boot;
  int32_t same_pid_namespace;
  int32_t same_start_time;
  int64_t heartbeat_age_ns; /**< negative: never, or the clocks cannot be compared. Suspicion only */
  uint64_t joined_ns;       /**< CLOCK_REALTIME */
  uint64_t generation;      /**< of its entry */
  uint64_t hold;            /**< first message not finished; DATABLOCK_NONE: none */
  uint64_t pin;             /**< slot being looked at; DATABLOCK_NONE: none */
  uint64_t lag;             /**< messages that it has not finished */
  uint64_t messages;
  uint64_t bytes;
  uint64_t lost;
  uint64_t errors;
  uint32_t cleaner_pid;           /**< who is cleaning up after it; 0: nobody */
  uint32_t cleaner_verdict;       /**< datablock_verdict; 0 without a cleaner */
  char label[32];                 /**< zero-terminated */
  char note[64];                  /**< zero-terminated */
  uint64_t cleaner_start_time;    /**< clock ticks after boot */
  uint64_t cleaner_pid_namespace; /**< inode; 0: not known */
  char version[16];               /**< of the library that it joined with; zero-terminated */
} datablock_participant;

/** What a whole block looks like. */
typedef struct datablock_snapshot {
  uint32_t struct_size;
  uint32_t participants;  /**< attached, or dead and not cleaned up yet */
  uint64_t at_ns;         /**< CLOCK_REALTIME */
  uint64_t claim;         /**< number of the next message to be claimed */
  uint64_t by_phase[8];   /**< slots by datablock_phase; the last one: in no phase that there is */
  uint64_t by_verdict[9]; /**< slots by datablock_slot_verdict */
} datablock_snapshot;

/** Opens a block to look at it. Needs read permission only, and changes nothing. Any thread. NO_SUCH_BLOCK,
 * ... */
DATABLOCK_API datablock_result datablock_observer_open(const char* name, const char* dir,
                                                       datablock_observer** observer);

/** Opens a file that `datablock-admin snapshot` wrote. Any thread. NO_SUCH_BLOCK, NOT_A_BLOCK, ... */
DATABLOCK_API datablock_result datablock_observer_open_snapshot(const char* path,
                                                                datablock_observer** observer);

/** From now on keyed checksums can be checked; nothing else that an observer does needs a secret. Default:
 * that of the environment's DATABLOCK_SECRET, if it is this block's. One thread. SECRET_WRONG. */
DATABLOCK_API datablock_result datablock_observer_use_secret(datablock_observer* observer,
                                                             const datablock_secret* secret);

/** NULL is fine. One thread. */
DATABLOCK_API void datablock_observer_close(datablock_observer* observer);

/** Any thread. */
DATABLOCK_API datablock_result datablock_observer_info(const datablock_observer* observer,
                                                       datablock_segment_info* info);

/** Canonical text of the block's schema, "" without one; until the handle is closed. Any thread. */
DATABLOCK_API datablock_result datablock_observer_schema(const datablock_observer* observer,
                                                         const char** text);

/** The block as a whole. `stuck_after_ms`: a slot of a live owner is `slow` after that long. Any thread. */
DATABLOCK_API datablock_result datablock_observer_snapshot(const datablock_observer* observer,
                                                           uint64_t stuck_after_ms,
                                                           datablock_snapshot* snapshot);

/** Who is in the block: attached, or dead and not cleaned up yet. Any thread. */
DATABLOCK_API datablock_result datablock_observer_participants(const datablock_observer* observer,
                                                               datablock_participant* participants,
                                                               size_t capacity, size_t* count);

/** One slot, judged. Any thread. INVALID_ARGUMENT: there is no such slot. */
DATABLOCK_API datablock_result datablock_diagnose_slot(const datablock_observer* observer, uint64_t slot,
                                                       uint64_t stuck_after_ms,
                                                       datablock_slot_diagnosis* diagnosis);

/** All slots, judged, those that are healthy too; `diagnoses[i]` is slot i. Any thread. */
DATABLOCK_API datablock_result datablock_diagnose_all_slots(const datablock_observer* observer,
                                                            uint64_t stuck_after_ms,
                                                            datablock_slot_diagnosis* diagnoses,
                                                            size_t capacity, size_t* count);

/** One slot as it lies in the block. Any thread. INVALID_ARGUMENT. */
DATABLOCK_API datablock_result datablock_get_slot_state(const datablock_observer* observer, uint64_t slot,
                                                        datablock_slot_state* state);

/**
 * 1: the slot's owner is dead, or its word is impossible, so that it does not come free by itself. 0: it
 * does, or is free. Negative: an error (INVALID_ARGUMENT; VERDICT_UNKNOWN: it cannot be said whether its
 * owner lives). Any thread.
 */
DATABLOCK_API int datablock_is_slot_stuck(const datablock_observer* observer, uint64_t slot);

/**
 * 0: the process is certainly gone, or another one has its pid now. 1: it may be alive. `start_time` in clock
 * ticks after boot, as datablock_participant has it; 0: any. Only for processes of our own pid namespace; for
 * a participant, its verdict is the better answer. Any thread.
 */
DATABLOCK_API int datablock_is_process_alive(uint32_t pid, uint64_t start_time);

/** What is to be thought of a spinlock. */
enum datablock_spinlock_verdict {
  DATABLOCK_SPINLOCK_HELD = 1,     /**< by a thread that lives, not for long */
  DATABLOCK_SPINLOCK_SLOW = 2,     /**< by one that lives or is stopped, for longer than `stuck_after_ms` */
  DATABLOCK_SPINLOCK_STUCK = 3,    /**< by a dead participant */
  DATABLOCK_SPINLOCK_ORPHANED = 4, /**< by a thread that has ended, of a participant that lives */
  DATABLOCK_SPINLOCK_MARKED = 5, /**< free, but an owner died or left with it: the data may be half-updated */
  DATABLOCK_SPINLOCK_CORRUPT = 6, /**< its word is impossible */
  DATABLOCK_SPINLOCK_UNKNOWN = 7  /**< it cannot be said whether its owner lives */
};

/** A spinlock, judged. */
typedef struct datablock_spinlock_diagnosis {
  uint32_t struct_size;
  uint32_t index;
  uint32_t verdict;    /**< datablock_spinlock_verdict */
  uint32_t owner;      /**< participant id, 0: nobody */
  uint32_t thread;     /**< the owner's thread id, in its own pid namespace; 0: nobody */
  uint32_t depth;      /**< how often it has locked it */
  uint32_t is_awaited; /**< 1: somebody sleeps until it is free */
  uint32_t reserved;
  int64_t held_for_ns; /**< -1: nobody holds it, or the clocks cannot be compared */
} datablock_spinlock_diagnosis;

/** The spinlocks that are held, or marked by a dead owner. Any thread. */
DATABLOCK_API datablock_result datablock_observer_spinlocks(const datablock_observer* observer,
                                                            uint64_t stuck_after_ms,
                                                            datablock_spinlock_diagnosis* diagnoses,
                                                            size_t capacity, size_t* count);

/** The zones of the block, as they lie in it; read-only memory, until the handle is closed. Any thread.
 * NO_SUCH_ZONE: a snapshot that was taken without its data. */
DATABLOCK_API datablock_result datablock_observer_zones(const datablock_observer* observer,
                                                        datablock_zone* zones, size_t capacity,
                                                        size_t* count);

/** As datablock_zone_user_verify_checksum(). A zone that somebody is changing may differ for that reason. Any
 * thread. */
DATABLOCK_API datablock_result datablock_observer_verify_zone(const datablock_observer* observer,
                                                              const char* name);

/* ======================================================================================= validation */

/** Something that must not be. */
typedef struct datablock_violation {
  uint32_t struct_size;
  uint32_t participant; /**< 0: it is not about one */
  uint64_t slot;        /**< DATABLOCK_NONE: it is not about one */
  uint32_t repairable;  /**< 1: left by somebody dead, recovery removes it */
  uint32_t reserved;
  const char* rule;   /**< a stable name */
  const char* detail; /**< a sentence */
} datablock_violation;

/** Is told of one violation; its texts live until it returns. */
typedef void (*datablock_violation_visitor)(const datablock_violation* violation, void* user);

typedef struct datablock_validation {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t slots_checked;
  uint64_t checksums_verified;
  uint64_t moving; /**< slots that changed while we looked: nothing is said of them */
  uint64_t violations;
  uint64_t repairable;             /**< of those: left by somebody dead */
  uint64_t checksums_unverifiable; /**< keyed, and the secret is not known: datablock_observer_use_secret() */
} datablock_validation;

/**
 * Checks every invariant that can be checked from outside: slot words, holds, pins, entries; with `checksums`
 * not 0 also the messages' checksums, which reads the payload. `visitor` (may be NULL) hears of each
 * violation; `validation` may be NULL. Changes nothing. Any thread. CORRUPT: there are violations that
 * recovery cannot remove; NOTHING_TO_DO never: #DATABLOCK_OK means that everything else is right or
 * repairable.
 */
DATABLOCK_API datablock_result datablock_validate_integrity(const datablock_observer* observer,
                                                            uint32_t checksums,
                                                            datablock_violation_visitor visitor, void* user,
                                                            datablock_validation* validation);

/**
 * Only the slots' words. `first_bad` (may be NULL) is the first slot whose word is impossible, DATABLOCK_NONE
 * if there is none; also written on CORRUPT. Any thread.
 */
DATABLOCK_API datablock_result datablock_validate_slot_states(const datablock_observer* observer,
                                                              uint64_t* first_bad);

/* ======================================================================================= metrics and history
 */

/** Counters since the block was created. 256 bytes. */
typedef struct datablock_metrics {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t writer_timeout_count;
  uint64_t writer_blocked_total_ns; /**< time that producers have waited for consumers */
  uint64_t reader_race_detected;    /**< a lossy reader lost its message between look and pin */
  uint64_t reader_peak_count;       /**< most consumers attached at once */
  uint64_t last_error_timestamp_ns; /**< CLOCK_REALTIME */
  uint64_t last_error_code;         /**< number of the catalogue, positive */
  uint64_t error_sequence;          /**< errors so far */
  uint64_t slot_acquire_errors;
  uint64_t checksum_failures;
  uint64_t zmq_send_failures; /**< messages that a consumer could not pass on; the name is historical */
  uint64_t heartbeat_sent_count;
  uint64_t heartbeat_failed_count;
  uint64_t total_slots_written;
  uint64_t total_slots_read;
  uint64_t total_bytes_written;
  uint64_t total_bytes_read;
  uint64_t messages_lost;    /**< by consumers that were too slow */
  uint64_t tombstones;       /**< numbers that were claimed and given up */
  uint64_t uptime_seconds;   /**< since the block was created */
  uint64_t recovery_actions; /**< in the flight recorder's count */
  uint64_t unused[11];
} datablock_metrics;

/** Any thread. */
DATABLOCK_API datablock_result datablock_get_metrics(const datablock_observer* observer,
                                                     datablock_metrics* metrics);

/** What recovery does, and what the flight recorder tells of. */
enum datablock_action_kind {
  DATABLOCK_ACTION_RESET_SLOT =
      1, /**< WRITING of a dead owner becomes FREE; its one unfinished message is lost */
  DATABLOCK_ACTION_GIVE_BACK_SLOT = 2,     /**< a drain of a dead owner is undone */
  DATABLOCK_ACTION_RELEASE_QUARANTINE = 3, /**< a quarantined slot of a dead owner becomes FREE */
  DATABLOCK_ACTION_RELEASE_HOLD = 4,       /**< what a dead sync consumer held back */
  DATABLOCK_ACTION_RELEASE_PIN = 5,        /**< the slot that a dead consumer looked at */
  DATABLOCK_ACTION_FREE_PARTICIPANT = 6,   /**< a dead participant's entry */
  DATABLOCK_ACTION_QUARANTINE_SLOT = 7,    /**< by force, from a live owner */
  DATABLOCK_ACTION_EVICT_CONSUMER = 8,     /**< by force, a live one */
  DATABLOCK_ACTION_KILL_PARTICIPANT = 9,
  DATABLOCK_ACTION_KILL_CLEANER = 10,
  DATABLOCK_ACTION_SKIP_SLOT = 11,       /**< an impossible word was replaced by FREE */
  DATABLOCK_ACTION_RELEASE_SPINLOCK = 12 /**< lock number `slot` of a dead owner; the next one is told */
};

/** Why an action was allowed. */
enum datablock_evidence {
  DATABLOCK_EVIDENCE_NONE = 0,
  DATABLOCK_EVIDENCE_LOCK_TAKEN = 1, /**< the kernel gave us the dead participant's lock */
  DATABLOCK_EVIDENCE_FORCED = 2      /**< an operator said so */
};

/** An entry of the flight recorder. */
typedef struct datablock_history_entry {
  uint32_t struct_size;
  uint32_t action; /**< datablock_action_kind */
  uint64_t ticket; /**< running number */
  uint64_t at_ns;  /**< CLOCK_REALTIME */
  uint32_t pid;    /**< who did it */
  uint32_t uid;
  uint32_t evidence;    /**< datablock_evidence */
  uint32_t participant; /**< whom it concerned; 0: nobody */
  uint64_t slot;        /**< of DATABLOCK_ACTION_RELEASE_SPINLOCK the lock's number; DATABLOCK_NONE: none */
  uint64_t seq;         /**< DATABLOCK_NONE: none */
  uint64_t before;
  uint64_t after;
} datablock_history_entry;

/** The flight recorder: the last 256 recovery actions, oldest first. Any thread. */
DATABLOCK_API datablock_result datablock_observer_history(const datablock_observer* observer,
                                                          datablock_history_entry* entries, size_t capacity,
                                                          size_t* count);

/* ======================================================================================= recovery */

/** Repairs a block. Opens it read-write, takes no part in it, and does not map the messages. */
typedef struct datablock_recovery datablock_recovery;

/** One step of a repair. Applied only if what is there still is `before`. */
typedef struct datablock_recovery_action {
  uint32_t struct_size;
  uint32_t kind;        /**< datablock_action_kind */
  uint32_t participant; /**< dead one that it cleans up after */
  uint32_t loses;       /**< messages: 1 for one that its writer never finished */
  uint64_t generation;  /**< of that participant's entry when the plan was made */
  uint64_t slot;        /**< of DATABLOCK_ACTION_RELEASE_SPINLOCK the lock's number; DATABLOCK_NONE: none */
  uint64_t seq;         /**< DATABLOCK_NONE: none */
  uint64_t before;
  uint64_t after;
  datablock_result result; /**< of applying it; a plan has NOTHING_TO_DO here: not tried yet */
  uint32_t reserved;
} datablock_recovery_action;

/** Whom a repair is for. The dead only, ever. */
enum datablock_recovery_scope {
  DATABLOCK_RECOVER_ALL = 0,
  DATABLOCK_RECOVER_CONSUMERS = 1, /**< holds, pins and entries of dead consumers */
  DATABLOCK_RECOVER_PRODUCERS = 2, /**< slots and entries of dead producers */
  DATABLOCK_RECOVER_ENTRIES = 3    /**< entries of dead participants that hold nothing else */
};

/** Any thread. NO_SUCH_BLOCK, PERMISSION, ... */
DATABLOCK_API datablock_result datablock_recovery_open(const char* name, const char* dir,
                                                       datablock_recovery** recovery);

/** NULL is fine. One thread. */
DATABLOCK_API void datablock_recovery_close(datablock_recovery* recovery);

/** Any thread. */
DATABLOCK_API datablock_result datablock_recovery_info(const datablock_recovery* recovery,
                                                       datablock_segment_info* info);

/** What recovery would do now, in order: a dry run. Needs read permission only. Any thread. */
DATABLOCK_API datablock_result datablock_observer_plan(const datablock_observer* observer, uint32_t scope,
                                                       datablock_recovery_action* actions, size_t capacity,
                                                       size_t* count);

/** One planned step. One thread. CHANGED: what is there is not what was planned for; OWNER_ALIVE;
 * BEING_CLEANED. */
DATABLOCK_API datablock_result datablock_recovery_apply(datablock_recovery* recovery,
                                                        const datablock_recovery_action* action);

/**
 * Plans and applies. Each action's `result` says what became of it: one that is refused, because somebody
 * else was faster, does not keep the others from being done. `dry_run` not 0: only the plan. One thread.
 */
DATABLOCK_API datablock_result datablock_recovery_run(datablock_recovery* recovery, uint32_t scope,
                                                      uint32_t dry_run, datablock_recovery_action* actions,
                                                      size_t capacity, size_t* count);

/**
 * Takes a slot from its owner. A dead one: as recovery would. A live one: OWNER_ALIVE, or with `force` not 0
 * the slot is quarantined (blocks of several producers; else SINGLE_PRODUCER_ALIVE): the ring goes on, the
 * owner's commit is FENCED. One thread. NOTHING_TO_DO (nobody owns it), CHANGED, BEING_CLEANED, CORRUPT,
 * INVALID_ARGUMENT.
 */
DATABLOCK_API datablock_result datablock_force_reset_slot(datablock_recovery* recovery, uint64_t slot,
                                                          uint32_t force);

/**
 * The same for every slot that somebody owns. `*reset` and `*refused` (may be NULL) are written always; the
 * result is that of the first refusal. One thread.
 */
DATABLOCK_API datablock_result datablock_force_reset_all_slots(datablock_recovery* recovery, uint32_t force,
                                                               uint64_t* reset, uint64_t* refused);

/** Releases the holds and pins of dead consumers, and frees their entries. `*released` (may be NULL):
 * actions. One thread. */
DATABLOCK_API datablock_result datablock_release_zombie_readers(datablock_recovery* recovery,
                                                                uint64_t* released);

/** Resets the slots of dead producers, and frees their entries. `*released` (may be NULL): actions. One
 * thread. */
DATABLOCK_API datablock_result datablock_release_zombie_writer(datablock_recovery* recovery,
                                                               uint64_t* released);

/** Frees the entries of dead participants that hold nothing else. `*cleaned` (may be NULL): entries. One
 * thread. */
DATABLOCK_API datablock_result datablock_cleanup_dead_consumers(datablock_recovery* recovery,
                                                                uint64_t* cleaned);

/**
 * Gets the ring past a slot that it cannot pass. One of a dead owner is reset; one whose word is impossible
 * becomes FREE (its message, if it was one, is lost). One thread. NOTHING_TO_DO: the slot is no obstacle;
 * OWNER_ALIVE; SINGLE_PRODUCER_ALIVE (the word is impossible, and the block's one producer lives: end it
 * first); CHANGED; BEING_CLEANED; INVALID_ARGUMENT.
 */
DATABLOCK_API datablock_result datablock_skip_stuck_slot(datablock_recovery* recovery, uint64_t slot);

/**
 * Takes the hold of the live sync consumer that was seen in that entry with that generation, if it still is
 * `seen_hold`: it loses messages, and is told so (EVICTED). Who came after it is never hit. One thread.
 * CHANGED: it has moved on, or has left; NOT_A_SYNC_CONSUMER; TIMEOUT: somebody else acts on that entry;
 * INVALID_ARGUMENT.
 */
DATABLOCK_API datablock_result datablock_recovery_evict_consumer(datablock_recovery* recovery,
                                                                 uint32_t participant, uint64_t generation,
                                                                 uint64_t seen_hold);

/**
 * Ends the process of the participant that was seen in that entry with that generation, and waits until the
 * kernel has dropped its lock. Who came after it is never hit. Then recover. One thread. NOTHING_TO_DO (dead
 * already, or has left), CHANGED (somebody else has the entry), VERDICT_UNKNOWN, PERMISSION, TIMEOUT,
 * BEING_CLEANED, INVALID_ARGUMENT.
 */
DATABLOCK_API datablock_result datablock_recovery_kill_participant(datablock_recovery* recovery,
                                                                   uint32_t participant, uint64_t generation,
                                                                   int64_t timeout_ms);

/**
 * The same for the process that `seen` says is cleaning up after that dead participant: one that is stopped
 * keeps everybody else from it. One thread. NOTHING_TO_DO (nobody cleans up), CHANGED (somebody else does).
 */
DATABLOCK_API datablock_result datablock_recovery_kill_cleaner(datablock_recovery* recovery,
                                                               const datablock_participant* seen,
                                                               int64_t timeout_ms);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(modernize-use-using) */

#endif /* DATABLOCK_DATABLOCK_H */
