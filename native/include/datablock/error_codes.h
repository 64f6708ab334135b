/**
 * @file
 * Result codes of the C interface. Made by scripts/make-error-docs from native/core/errors.def. Do not edit.
 */
#ifndef DATABLOCK_ERROR_CODES_H
#define DATABLOCK_ERROR_CODES_H

#include <stdint.h>

/** What a function returns: 0, or one of the negative codes below. They are stable: some are added, none is
    renumbered. */
typedef int32_t datablock_result; /* NOLINT(modernize-use-using): this is C */

/* clang-format off */
enum datablock_result_code {
  /** Done. */
  DATABLOCK_OK = 0,
  /** The time-out ran out before the operation could be done. */
  DATABLOCK_ERROR_TIMEOUT = -101,
  /** A signal ended the operation. */
  DATABLOCK_ERROR_INTERRUPTED = -102,
  /** Every attached producer has ended its stream. */
  DATABLOCK_ERROR_END_OF_STREAM = -103,
  /** There is nothing to repair here. */
  DATABLOCK_ERROR_NOTHING_TO_DO = -104,
  /** The slot was taken away from this producer while it was writing; nothing was published. */
  DATABLOCK_ERROR_FENCED = -201,
  /** This consumer lost its hold; what it read since then is not to be trusted. */
  DATABLOCK_ERROR_EVICTED = -202,
  /** This handle's lock on the segment is gone (its descriptor was closed by someone). */
  DATABLOCK_ERROR_LOCK_LOST = -203,
  /** The block allows one producer, and one is alive. */
  DATABLOCK_ERROR_SINGLE_PRODUCER = -204,
  /** Every participant entry of the block is taken. */
  DATABLOCK_ERROR_PARTICIPANTS_FULL = -205,
  /** The block's owner does not admit another sync consumer. */
  DATABLOCK_ERROR_SYNC_FORBIDDEN = -206,
  /** This process cannot issue membarrier, which this block's fences need. */
  DATABLOCK_ERROR_FENCES_UNAVAILABLE = -207,
  /** This handle already has a slot in hand. */
  DATABLOCK_ERROR_NESTED_USE = -208,
  /** This handle has no slot in hand. */
  DATABLOCK_ERROR_NOTHING_IN_HAND = -209,
  /** This handle is closed, or belongs to the process that this one was forked from. */
  DATABLOCK_ERROR_CLOSED = -210,
  /** The message was overwritten while it was being read. */
  DATABLOCK_ERROR_OVERRUN = -211,
  /** Every slot is quarantined behind a live producer that was fenced off. */
  DATABLOCK_ERROR_ALL_SLOTS_QUARANTINED = -212,
  /** The message is longer than a slot. */
  DATABLOCK_ERROR_MESSAGE_TOO_LARGE = -213,
  /** A sync consumer is a full ring behind, and the block's overflow policy is to fail. */
  DATABLOCK_ERROR_WOULD_BLOCK = -214,
  /** An argument of this call is not possible. */
  DATABLOCK_ERROR_INVALID_ARGUMENT = -215,
  /** The last owner of the lock died, or left, while it held it: what it protects may be half-updated. */
  DATABLOCK_ERROR_OWNER_DEAD = -216,
  /** This thread does not hold the lock. */
  DATABLOCK_ERROR_NOT_LOCKED = -217,
  /** The block has no zone of this name. */
  DATABLOCK_ERROR_NO_SUCH_ZONE = -218,
  /** The data is not as long as the zone. */
  DATABLOCK_ERROR_ZONE_SIZE = -219,
  /** This participant holds no producer back, so it cannot be evicted. */
  DATABLOCK_ERROR_NOT_A_SYNC_CONSUMER = -220,
  /** The message is not of the type that was asked for. */
  DATABLOCK_ERROR_TYPE_MISMATCH = -221,
  /** A word of the segment is impossible. */
  DATABLOCK_ERROR_CORRUPT = -301,
  /** A message does not match its checksum. */
  DATABLOCK_ERROR_CHECKSUM_MISMATCH = -302,
  /** The data that came out is not the data that was expected. */
  DATABLOCK_ERROR_VERIFY_FAILED = -303,
  /** A block's name is 1 to 200 of A-Z a-z 0-9 . _ - and does not start with a dot. */
  DATABLOCK_ERROR_NAME_INVALID = -401,
  /** A block, or another file, of this name exists already. */
  DATABLOCK_ERROR_EXISTS = -402,
  /** The configuration of the block is not possible. */
  DATABLOCK_ERROR_CONFIG_INVALID = -403,
  /** A block of this name exists with another configuration. */
  DATABLOCK_ERROR_CONFIG_DIFFERS = -404,
  /** There is not enough room for the block. */
  DATABLOCK_ERROR_NO_SPACE = -405,
  /** There is no block of this name. */
  DATABLOCK_ERROR_NO_SUCH_BLOCK = -501,
  /** The file is not a DataBlock. */
  DATABLOCK_ERROR_NOT_A_BLOCK = -502,
  /** The file is shorter than its block. */
  DATABLOCK_ERROR_TRUNCATED = -503,
  /** The block was made by a newer version of DataBlock. */
  DATABLOCK_ERROR_FUTURE_VERSION = -504,
  /** The block was made by a build with another memory layout. */
  DATABLOCK_ERROR_LAYOUT_MISMATCH = -505,
  /** The block's header does not match its own checksum. */
  DATABLOCK_ERROR_HEADER_CORRUPT = -506,
  /** The sizes in the block's header contradict each other. */
  DATABLOCK_ERROR_HEADER_INCONSISTENT = -507,
  /** This user may not open the block that way. */
  DATABLOCK_ERROR_PERMISSION = -508,
  /** The block was removed or made anew under the same name. */
  DATABLOCK_ERROR_RECREATED = -509,
  /** Somebody is attached to the block. */
  DATABLOCK_ERROR_IN_USE = -510,
  /** The payload is larger than one JavaScript buffer can be (4 GiB). */
  DATABLOCK_ERROR_PAYLOAD_TOO_LARGE = -511,
  /** The block has a secret, and none was given. */
  DATABLOCK_ERROR_SECRET_NEEDED = -512,
  /** The secret is not that of the block, or its header was changed. */
  DATABLOCK_ERROR_SECRET_WRONG = -513,
  /** What was given as a secret cannot be one. */
  DATABLOCK_ERROR_SECRET_UNUSABLE = -514,
  /** This is not the description of a record. */
  DATABLOCK_ERROR_SCHEMA_INVALID = -520,
  /** The block holds records of another schema. */
  DATABLOCK_ERROR_SCHEMA_MISMATCH = -521,
  /** The block has no schema. */
  DATABLOCK_ERROR_NO_SCHEMA = -522,
  /** A record does not fit its schema. */
  DATABLOCK_ERROR_RECORD_INVALID = -523,
  /** The owner is alive; taking its slot away is not safe. */
  DATABLOCK_ERROR_OWNER_ALIVE = -601,
  /** What is there now is not what the plan was made for. */
  DATABLOCK_ERROR_CHANGED = -602,
  /** Somebody else is cleaning up after this participant right now. */
  DATABLOCK_ERROR_BEING_CLEANED = -603,
  /** The block's one producer is alive: it writes without locks, so its slot cannot be taken. */
  DATABLOCK_ERROR_SINGLE_PRODUCER_ALIVE = -604,
  /** It cannot be said whether the owner is alive. */
  DATABLOCK_ERROR_VERDICT_UNKNOWN = -605,
  /** The command line is not right. */
  DATABLOCK_ERROR_USAGE = -701,
  /** The input data is not what the options say. */
  DATABLOCK_ERROR_BAD_DATA = -702,
  /** Reading or writing a file failed. */
  DATABLOCK_ERROR_IO = -703,
  /** The reader of the output has gone. */
  DATABLOCK_ERROR_BROKEN_PIPE = -704,
  /** Not done without confirmation. */
  DATABLOCK_ERROR_REFUSED = -705,
  /** The operating system refused a call that should work. */
  DATABLOCK_ERROR_SYSTEM = -706,
  /** There is not enough memory. */
  DATABLOCK_ERROR_NO_MEMORY = -707,
  /** A variable of the environment makes no sense. */
  DATABLOCK_ERROR_ENVIRONMENT_INVALID = -708,
  /** This should not happen. */
  DATABLOCK_ERROR_INTERNAL = -799,
};
/* clang-format on */

#endif /* DATABLOCK_ERROR_CODES_H */
