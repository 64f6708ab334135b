# Made by scripts/make-error-docs from native/core/errors.def. Do not edit.
"""Exceptions: one for each entry of the error catalogue, all of them :class:`DataBlockError`.

Where Python has an exception of that meaning, such as :class:`TimeoutError`, the one here is one of those too.
"""

import builtins
from enum import IntEnum

from datablock._error import DataBlockError, SchemaValidationError


class ErrorCode(IntEnum):
    """Number of each entry of the error catalogue; printed as DB and four digits."""

    TIMEOUT = 101
    INTERRUPTED = 102
    END_OF_STREAM = 103
    NOTHING_TO_DO = 104
    FENCED = 201
    EVICTED = 202
    LOCK_LOST = 203
    SINGLE_PRODUCER = 204
    PARTICIPANTS_FULL = 205
    SYNC_FORBIDDEN = 206
    FENCES_UNAVAILABLE = 207
    NESTED_USE = 208
    NOTHING_IN_HAND = 209
    CLOSED = 210
    OVERRUN = 211
    ALL_SLOTS_QUARANTINED = 212
    MESSAGE_TOO_LARGE = 213
    WOULD_BLOCK = 214
    INVALID_ARGUMENT = 215
    OWNER_DEAD = 216
    NOT_LOCKED = 217
    NO_SUCH_ZONE = 218
    ZONE_SIZE = 219
    NOT_A_SYNC_CONSUMER = 220
    TYPE_MISMATCH = 221
    CORRUPT = 301
    CHECKSUM_MISMATCH = 302
    VERIFY_FAILED = 303
    NAME_INVALID = 401
    EXISTS = 402
    CONFIG_INVALID = 403
    CONFIG_DIFFERS = 404
    NO_SPACE = 405
    NO_SUCH_BLOCK = 501
    NOT_A_BLOCK = 502
    TRUNCATED = 503
    FUTURE_VERSION = 504
    LAYOUT_MISMATCH = 505
    HEADER_CORRUPT = 506
    HEADER_INCONSISTENT = 507
    PERMISSION = 508
    RECREATED = 509
    IN_USE = 510
    PAYLOAD_TOO_LARGE = 511
    SECRET_NEEDED = 512
    SECRET_WRONG = 513
    SECRET_UNUSABLE = 514
    SCHEMA_INVALID = 520
    SCHEMA_MISMATCH = 521
    NO_SCHEMA = 522
    RECORD_INVALID = 523
    OWNER_ALIVE = 601
    CHANGED = 602
    BEING_CLEANED = 603
    SINGLE_PRODUCER_ALIVE = 604
    VERDICT_UNKNOWN = 605
    USAGE = 701
    BAD_DATA = 702
    IO = 703
    BROKEN_PIPE = 704
    REFUSED = 705
    SYSTEM = 706
    NO_MEMORY = 707
    ENVIRONMENT_INVALID = 708
    INTERNAL = 799


class TimeoutError(DataBlockError, builtins.TimeoutError):
    """The time-out ran out before the operation could be done."""

    code = ErrorCode.TIMEOUT
    exit_code = 75
    sentence = "The time-out ran out before the operation could be done."
    advice = (
        "datablock-admin diagnose NAME   # who is it waiting for?",
        "Try again, or with a longer --timeout.",
    )


class InterruptedError(DataBlockError, builtins.InterruptedError):
    """A signal ended the operation."""

    code = ErrorCode.INTERRUPTED
    exit_code = 130
    sentence = "A signal ended the operation."
    advice = (
        "Nothing to mend: run the command again when you like.",
    )


class EndOfStreamError(DataBlockError):
    """Every attached producer has ended its stream."""

    code = ErrorCode.END_OF_STREAM
    exit_code = 0
    sentence = "Every attached producer has ended its stream."
    advice = (
        "Read again (consume --follow) to go on to the next producer.",
    )


class NothingToDoError(DataBlockError):
    """There is nothing to repair here."""

    code = ErrorCode.NOTHING_TO_DO
    exit_code = 0
    sentence = "There is nothing to repair here."
    advice = (
        "datablock-admin diagnose NAME",
    )


class FencedError(DataBlockError):
    """The slot was taken away from this producer while it was writing; nothing was published."""

    code = ErrorCode.FENCED
    exit_code = 5
    sentence = "The slot was taken away from this producer while it was writing; nothing was published."
    advice = (
        "datablock-admin history NAME   # who forced it, and when",
        "Acquire again: the handle itself is fine.",
    )


class EvictedError(DataBlockError):
    """This consumer lost its hold; what it read since then is not to be trusted."""

    code = ErrorCode.EVICTED
    exit_code = 5
    sentence = "This consumer lost its hold; what it read since then is not to be trusted."
    advice = (
        "datablock-admin history NAME   # who evicted it, and when",
        "Attach again, with --mode sequential if it cannot keep up.",
    )


class LockLostError(DataBlockError):
    """This handle's lock on the segment is gone (its descriptor was closed by someone)."""

    code = ErrorCode.LOCK_LOST
    exit_code = 70
    sentence = "This handle's lock on the segment is gone (its descriptor was closed by someone)."
    advice = (
        "Attach again, and look for code that closes descriptors it does not own (closefrom).",
    )


class SingleProducerError(DataBlockError):
    """The block allows one producer, and one is alive."""

    code = ErrorCode.SINGLE_PRODUCER
    exit_code = 5
    sentence = "The block allows one producer, and one is alive."
    advice = (
        "datablock-admin diagnose NAME   # who it is",
        "Wait for it as a standby, or create the block with --producers multi.",
    )


class ParticipantsFullError(DataBlockError):
    """Every participant entry of the block is taken."""

    code = ErrorCode.PARTICIPANTS_FULL
    exit_code = 75
    sentence = "Every participant entry of the block is taken."
    advice = (
        "datablock-admin diagnose NAME   # who has them",
        "Create the block with a larger --max-participants (at most 64).",
    )


class SyncForbiddenError(DataBlockError):
    """The block's owner does not admit another sync consumer."""

    code = ErrorCode.SYNC_FORBIDDEN
    exit_code = 5
    sentence = "The block's owner does not admit another sync consumer."
    advice = (
        "Use --mode sequential or latest, or create the block with a larger --max-sync.",
    )


class FencesUnavailableError(DataBlockError):
    """This process cannot issue membarrier, which this block's fences need."""

    code = ErrorCode.FENCES_UNAVAILABLE
    exit_code = 77
    sentence = "This process cannot issue membarrier, which this block's fences need."
    advice = (
        "Create the block with --fences real, or allow the membarrier system call in the sandbox.",
    )


class NestedUseError(DataBlockError):
    """This handle already has a slot in hand."""

    code = ErrorCode.NESTED_USE
    exit_code = 70
    sentence = "This handle already has a slot in hand."
    advice = (
        "Commit, abort or release it first.",
    )


class NothingInHandError(DataBlockError):
    """This handle has no slot in hand."""

    code = ErrorCode.NOTHING_IN_HAND
    exit_code = 70
    sentence = "This handle has no slot in hand."
    advice = (
        "Acquire one first.",
    )


class ClosedError(DataBlockError):
    """This handle is closed, or belongs to the process that this one was forked from."""

    code = ErrorCode.CLOSED
    exit_code = 70
    sentence = "This handle is closed, or belongs to the process that this one was forked from."
    advice = (
        "Open a handle of its own in each process.",
    )


class OverrunError(DataBlockError):
    """The message was overwritten while it was being read."""

    code = ErrorCode.OVERRUN
    exit_code = 6
    sentence = "The message was overwritten while it was being read."
    advice = (
        "Read on: the loss is counted.",
    )


class AllSlotsQuarantinedError(DataBlockError):
    """Every slot is quarantined behind a live producer that was fenced off."""

    code = ErrorCode.ALL_SLOTS_QUARANTINED
    exit_code = 5
    sentence = "Every slot is quarantined behind a live producer that was fenced off."
    advice = (
        "datablock-admin diagnose NAME   # which producer",
        "End that producer: its slots come back at once.",
    )


class MessageTooLargeError(DataBlockError, builtins.ValueError):
    """The message is longer than a slot."""

    code = ErrorCode.MESSAGE_TOO_LARGE
    exit_code = 65
    sentence = "The message is longer than a slot."
    advice = (
        "Create the block with a larger --slot-size, or split the message.",
    )


class WouldBlockError(DataBlockError, builtins.BlockingIOError):
    """A sync consumer is a full ring behind, and the block's overflow policy is to fail."""

    code = ErrorCode.WOULD_BLOCK
    exit_code = 75
    sentence = "A sync consumer is a full ring behind, and the block's overflow policy is to fail."
    advice = (
        "datablock-admin diagnose NAME   # which consumer",
        "Try again later, or create the block with --overflow wait.",
    )


class InvalidArgumentError(DataBlockError, builtins.ValueError):
    """An argument of this call is not possible."""

    code = ErrorCode.INVALID_ARGUMENT
    exit_code = 64
    sentence = "An argument of this call is not possible."
    advice = (
        "The function's documentation says what it takes.",
    )


class OwnerDeadError(DataBlockError):
    """The last owner of the lock died, or left, while it held it: what it protects may be half-updated."""

    code = ErrorCode.OWNER_DEAD
    exit_code = 3
    sentence = "The last owner of the lock died, or left, while it held it: what it protects may be half-updated."
    advice = (
        "datablock-admin history NAME   # who it was, and when",
        "Look at the data and mend it under the lock, then mark the lock consistent.",
    )


class NotLockedError(DataBlockError):
    """This thread does not hold the lock."""

    code = ErrorCode.NOT_LOCKED
    exit_code = 70
    sentence = "This thread does not hold the lock."
    advice = (
        "Lock it first, in the same thread. If it did: a handle that was closed, or lost its lock byte, loses its locks.",
    )


class NoSuchZoneError(DataBlockError):
    """The block has no zone of this name."""

    code = ErrorCode.NO_SUCH_ZONE
    exit_code = 66
    sentence = "The block has no zone of this name."
    advice = (
        "datablock-admin zone list NAME   # the zones there are",
    )


class ZoneSizeError(DataBlockError):
    """The data is not as long as the zone."""

    code = ErrorCode.ZONE_SIZE
    exit_code = 65
    sentence = "The data is not as long as the zone."
    advice = (
        "datablock-admin zone list NAME   # the zones and their sizes",
        "Cut or pad the data to exactly that size.",
    )


class NotASyncConsumerError(DataBlockError):
    """This participant holds no producer back, so it cannot be evicted."""

    code = ErrorCode.NOT_A_SYNC_CONSUMER
    exit_code = 64
    sentence = "This participant holds no producer back, so it cannot be evicted."
    advice = (
        "datablock-admin diagnose NAME   # who is in which mode",
    )


class TypeMismatchError(DataBlockError):
    """The message is not of the type that was asked for."""

    code = ErrorCode.TYPE_MISMATCH
    exit_code = 65
    sentence = "The message is not of the type that was asked for."
    advice = (
        "datablock-admin inspect NAME   # the size of its slots",
        "Read and write with the same type on both sides.",
    )


class CorruptError(DataBlockError):
    """A word of the segment is impossible."""

    code = ErrorCode.CORRUPT
    exit_code = 6
    sentence = "A word of the segment is impossible."
    advice = (
        "datablock-admin validate NAME   # what exactly",
        "Stop the participants, save what you need with consume, then recreate the block.",
    )


class ChecksumMismatchError(DataBlockError):
    """A message does not match its checksum."""

    code = ErrorCode.CHECKSUM_MISMATCH
    exit_code = 6
    sentence = "A message does not match its checksum."
    advice = (
        "datablock-admin validate NAME   # which slots",
        "The message was skipped; those after it are not affected.",
    )


class VerifyFailedError(DataBlockError):
    """The data that came out is not the data that was expected."""

    code = ErrorCode.VERIFY_FAILED
    exit_code = 6
    sentence = "The data that came out is not the data that was expected."
    advice = (
        "datablock-admin validate NAME",
        "datablock-admin history NAME",
    )


class NameInvalidError(DataBlockError, builtins.ValueError):
    """A block's name is 1 to 200 of A-Z a-z 0-9 . _ - and does not start with a dot."""

    code = ErrorCode.NAME_INVALID
    exit_code = 64
    sentence = "A block's name is 1 to 200 of A-Z a-z 0-9 . _ - and does not start with a dot."
    advice = (
        "datablock-admin list   # the names there are",
    )


class ExistsError(DataBlockError, builtins.FileExistsError):
    """A block, or another file, of this name exists already."""

    code = ErrorCode.EXISTS
    exit_code = 73
    sentence = "A block, or another file, of this name exists already."
    advice = (
        "datablock-admin inspect NAME   # what is it?",
        "datablock-admin rm NAME        # if it is not needed",
    )


class ConfigInvalidError(DataBlockError, builtins.ValueError):
    """The configuration of the block is not possible."""

    code = ErrorCode.CONFIG_INVALID
    exit_code = 64
    sentence = "The configuration of the block is not possible."
    advice = (
        "datablock-admin create --help",
    )


class ConfigDiffersError(DataBlockError):
    """A block of this name exists with another configuration."""

    code = ErrorCode.CONFIG_DIFFERS
    exit_code = 78
    sentence = "A block of this name exists with another configuration."
    advice = (
        "datablock-admin inspect NAME   # the one there is",
        "Use that configuration, another name, or remove it: datablock-admin rm NAME",
    )


class NoSpaceError(DataBlockError, builtins.OSError):
    """There is not enough room for the block."""

    code = ErrorCode.NO_SPACE
    exit_code = 73
    sentence = "There is not enough room for the block."
    advice = (
        "datablock-admin list --stale   # blocks nobody uses",
        "datablock-admin prune          # removes them",
        "Or make the file system larger: mount -o remount,size=... DIR",
    )


class NoSuchBlockError(DataBlockError, builtins.FileNotFoundError):
    """There is no block of this name."""

    code = ErrorCode.NO_SUCH_BLOCK
    exit_code = 66
    sentence = "There is no block of this name."
    advice = (
        "datablock-admin list   # the names there are",
    )


class NotABlockError(DataBlockError):
    """The file is not a DataBlock."""

    code = ErrorCode.NOT_A_BLOCK
    exit_code = 65
    sentence = "The file is not a DataBlock."
    advice = (
        "datablock-admin list   # the names there are",
    )


class TruncatedError(DataBlockError):
    """The file is shorter than its block."""

    code = ErrorCode.TRUNCATED
    exit_code = 74
    sentence = "The file is shorter than its block."
    advice = (
        "Its tail is lost: stop the participants, then recreate it: datablock-admin rm NAME, datablock-admin create NAME ...",
    )


class FutureVersionError(DataBlockError):
    """The block was made by a newer version of DataBlock."""

    code = ErrorCode.FUTURE_VERSION
    exit_code = 78
    sentence = "The block was made by a newer version of DataBlock."
    advice = (
        "Use the tools of that version (docs/versioning.md), or recreate the block.",
    )


class LayoutMismatchError(DataBlockError):
    """The block was made by a build with another memory layout."""

    code = ErrorCode.LAYOUT_MISMATCH
    exit_code = 78
    sentence = "The block was made by a build with another memory layout."
    advice = (
        "Use a build for the same kind of machine, or recreate the block.",
    )


class HeaderCorruptError(DataBlockError):
    """The block's header does not match its own checksum."""

    code = ErrorCode.HEADER_CORRUPT
    exit_code = 6
    sentence = "The block's header does not match its own checksum."
    advice = (
        "datablock-admin validate NAME",
        "Stop the participants and recreate the block; docs/operations.md says what can be saved.",
    )


class HeaderInconsistentError(DataBlockError):
    """The sizes in the block's header contradict each other."""

    code = ErrorCode.HEADER_INCONSISTENT
    exit_code = 6
    sentence = "The sizes in the block's header contradict each other."
    advice = (
        "datablock-admin validate NAME",
        "Stop the participants and recreate the block.",
    )


class PermissionError(DataBlockError, builtins.PermissionError):
    """This user may not open the block that way."""

    code = ErrorCode.PERMISSION
    exit_code = 77
    sentence = "This user may not open the block that way."
    advice = (
        "ls -l DIR/NAME   # owner, group, mode",
        "Run as its owner or group; a participant needs read and write, an observer read only.",
    )


class RecreatedError(DataBlockError):
    """The block was removed or made anew under the same name."""

    code = ErrorCode.RECREATED
    exit_code = 66
    sentence = "The block was removed or made anew under the same name."
    advice = (
        "Attach again: the new block starts with its own messages.",
    )


class InUseError(DataBlockError):
    """Somebody is attached to the block."""

    code = ErrorCode.IN_USE
    exit_code = 5
    sentence = "Somebody is attached to the block."
    advice = (
        "datablock-admin diagnose NAME   # who",
        "datablock-admin rm NAME --force # they go on with a nameless block",
    )


class PayloadTooLargeError(DataBlockError):
    """The payload is larger than one JavaScript buffer can be (4 GiB)."""

    code = ErrorCode.PAYLOAD_TOO_LARGE
    exit_code = 65
    sentence = "The payload is larger than one JavaScript buffer can be (4 GiB)."
    advice = (
        "Use fewer or smaller slots, or the C++ API.",
    )


class SecretNeededError(DataBlockError):
    """The block has a secret, and none was given."""

    code = ErrorCode.SECRET_NEEDED
    exit_code = 77
    sentence = "The block has a secret, and none was given."
    advice = (
        "Give the file that has it: --secret-file FILE",
        "Or its 64 hexadecimal digits in the environment: DATABLOCK_SECRET",
    )


class SecretWrongError(DataBlockError):
    """The secret is not that of the block, or its header was changed."""

    code = ErrorCode.SECRET_WRONG
    exit_code = 77
    sentence = "The secret is not that of the block, or its header was changed."
    advice = (
        "Give the secret that the block was made with.",
        "If that was it, somebody has tampered with the block: docs/security.md says what to do.",
    )


class SecretUnusableError(DataBlockError):
    """What was given as a secret cannot be one."""

    code = ErrorCode.SECRET_UNUSABLE
    exit_code = 77
    sentence = "What was given as a secret cannot be one."
    advice = (
        "A secret is a file of 32 random bytes, or of 64 hexadecimal digits, that nobody else may read:",
        "( umask 077; head -c 32 /dev/urandom > FILE )",
    )


class SchemaInvalidError(DataBlockError, builtins.ValueError):
    """This is not the description of a record."""

    code = ErrorCode.SCHEMA_INVALID
    exit_code = 65
    sentence = "This is not the description of a record."
    advice = (
        "docs/schema.md says what one is.",
    )


class SchemaMismatchError(SchemaValidationError):
    """The block holds records of another schema."""

    code = ErrorCode.SCHEMA_MISMATCH
    exit_code = 78
    sentence = "The block holds records of another schema."
    advice = (
        "datablock-admin inspect NAME --schema   # the one there is",
        "Build against that schema, attach as a reader of compatible schemas where only fields were added, or make a new block.",
    )


class NoSchemaError(SchemaValidationError):
    """The block has no schema."""

    code = ErrorCode.NO_SCHEMA
    exit_code = 78
    sentence = "The block has no schema."
    advice = (
        "datablock-admin inspect NAME",
        "Attach without a schema to see bytes, or make a new block: datablock-admin create NAME --schema FILE ...",
    )


class RecordInvalidError(DataBlockError, builtins.ValueError):
    """A record does not fit its schema."""

    code = ErrorCode.RECORD_INVALID
    exit_code = 65
    sentence = "A record does not fit its schema."
    advice = (
        "datablock-admin inspect NAME --schema   # names, types and places of its fields",
        "docs/schema.md says how each type is written.",
    )


class OwnerAliveError(DataBlockError):
    """The owner is alive; taking its slot away is not safe."""

    code = ErrorCode.OWNER_ALIVE
    exit_code = 5
    sentence = "The owner is alive; taking its slot away is not safe."
    advice = (
        "datablock-admin diagnose NAME   # what it does",
        "Wait for it, or end it and run: datablock-admin auto-recover NAME",
    )


class ChangedError(DataBlockError):
    """What is there now is not what the plan was made for."""

    code = ErrorCode.CHANGED
    exit_code = 5
    sentence = "What is there now is not what the plan was made for."
    advice = (
        "datablock-admin auto-recover NAME --dry-run   # a plan for what is there now",
    )


class BeingCleanedError(DataBlockError):
    """Somebody else is cleaning up after this participant right now."""

    code = ErrorCode.BEING_CLEANED
    exit_code = 75
    sentence = "Somebody else is cleaning up after this participant right now."
    advice = (
        "datablock-admin diagnose NAME   # who, since when, and whether it is alive",
    )


class SingleProducerAliveError(DataBlockError):
    """The block's one producer is alive: it writes without locks, so its slot cannot be taken."""

    code = ErrorCode.SINGLE_PRODUCER_ALIVE
    exit_code = 5
    sentence = "The block's one producer is alive: it writes without locks, so its slot cannot be taken."
    advice = (
        "End that producer, then: datablock-admin auto-recover NAME",
    )


class VerdictUnknownError(DataBlockError):
    """It cannot be said whether the owner is alive."""

    code = ErrorCode.VERDICT_UNKNOWN
    exit_code = 4
    sentence = "It cannot be said whether the owner is alive."
    advice = (
        "datablock-admin diagnose NAME   # the evidence, and what is missing",
    )


class UsageError(DataBlockError):
    """The command line is not right."""

    code = ErrorCode.USAGE
    exit_code = 64
    sentence = "The command line is not right."
    advice = (
        "datablock-admin COMMAND --help",
    )


class BadDataError(DataBlockError):
    """The input data is not what the options say."""

    code = ErrorCode.BAD_DATA
    exit_code = 65
    sentence = "The input data is not what the options say."
    advice = (
        "Check the input, and the options that describe it (--framing, --plan).",
    )


class IoError(DataBlockError, builtins.OSError):
    """Reading or writing a file failed."""

    code = ErrorCode.IO
    exit_code = 74
    sentence = "Reading or writing a file failed."
    advice = (
        "Check the path, the space and the permissions.",
    )


class BrokenPipeError(DataBlockError, builtins.BrokenPipeError):
    """The reader of the output has gone."""

    code = ErrorCode.BROKEN_PIPE
    exit_code = 0
    sentence = "The reader of the output has gone."
    advice = (
        "Nothing to mend.",
    )


class RefusedError(DataBlockError):
    """Not done without confirmation."""

    code = ErrorCode.REFUSED
    exit_code = 5
    sentence = "Not done without confirmation."
    advice = (
        "Repeat the command with --confirm NAME.",
    )


class SystemError(DataBlockError, builtins.OSError):
    """The operating system refused a call that should work."""

    code = ErrorCode.SYSTEM
    exit_code = 70
    sentence = "The operating system refused a call that should work."
    advice = (
        "Report it with the output of: DEBUG=1 and the same command.",
    )


class NoMemoryError(DataBlockError, builtins.MemoryError):
    """There is not enough memory."""

    code = ErrorCode.NO_MEMORY
    exit_code = 70
    sentence = "There is not enough memory."
    advice = (
        "Free memory, or raise the limit of the process (ulimit -v).",
    )


class EnvironmentInvalidError(DataBlockError):
    """A variable of the environment makes no sense."""

    code = ErrorCode.ENVIRONMENT_INVALID
    exit_code = 64
    sentence = "A variable of the environment makes no sense."
    advice = (
        "unset VARIABLE   # or set it as docs/timeouts.md says",
    )


class InternalError(DataBlockError):
    """This should not happen."""

    code = ErrorCode.INTERNAL
    exit_code = 70
    sentence = "This should not happen."
    advice = (
        "Report it with the output of: DEBUG=1 and the same command.",
    )


BY_CODE: dict[int, type[DataBlockError]] = {
    101: TimeoutError,
    102: InterruptedError,
    103: EndOfStreamError,
    104: NothingToDoError,
    201: FencedError,
    202: EvictedError,
    203: LockLostError,
    204: SingleProducerError,
    205: ParticipantsFullError,
    206: SyncForbiddenError,
    207: FencesUnavailableError,
    208: NestedUseError,
    209: NothingInHandError,
    210: ClosedError,
    211: OverrunError,
    212: AllSlotsQuarantinedError,
    213: MessageTooLargeError,
    214: WouldBlockError,
    215: InvalidArgumentError,
    216: OwnerDeadError,
    217: NotLockedError,
    218: NoSuchZoneError,
    219: ZoneSizeError,
    220: NotASyncConsumerError,
    221: TypeMismatchError,
    301: CorruptError,
    302: ChecksumMismatchError,
    303: VerifyFailedError,
    401: NameInvalidError,
    402: ExistsError,
    403: ConfigInvalidError,
    404: ConfigDiffersError,
    405: NoSpaceError,
    501: NoSuchBlockError,
    502: NotABlockError,
    503: TruncatedError,
    504: FutureVersionError,
    505: LayoutMismatchError,
    506: HeaderCorruptError,
    507: HeaderInconsistentError,
    508: PermissionError,
    509: RecreatedError,
    510: InUseError,
    511: PayloadTooLargeError,
    512: SecretNeededError,
    513: SecretWrongError,
    514: SecretUnusableError,
    520: SchemaInvalidError,
    521: SchemaMismatchError,
    522: NoSchemaError,
    523: RecordInvalidError,
    601: OwnerAliveError,
    602: ChangedError,
    603: BeingCleanedError,
    604: SingleProducerAliveError,
    605: VerdictUnknownError,
    701: UsageError,
    702: BadDataError,
    703: IoError,
    704: BrokenPipeError,
    705: RefusedError,
    706: SystemError,
    707: NoMemoryError,
    708: EnvironmentInvalidError,
    799: InternalError,
}

__all__ = [
    "BY_CODE",
    "DataBlockError",
    "ErrorCode",
    "SchemaValidationError",
    "TimeoutError",
    "InterruptedError",
    "EndOfStreamError",
    "NothingToDoError",
    "FencedError",
    "EvictedError",
    "LockLostError",
    "SingleProducerError",
    "ParticipantsFullError",
    "SyncForbiddenError",
    "FencesUnavailableError",
    "NestedUseError",
    "NothingInHandError",
    "ClosedError",
    "OverrunError",
    "AllSlotsQuarantinedError",
    "MessageTooLargeError",
    "WouldBlockError",
    "InvalidArgumentError",
    "OwnerDeadError",
    "NotLockedError",
    "NoSuchZoneError",
    "ZoneSizeError",
    "NotASyncConsumerError",
    "TypeMismatchError",
    "CorruptError",
    "ChecksumMismatchError",
    "VerifyFailedError",
    "NameInvalidError",
    "ExistsError",
    "ConfigInvalidError",
    "ConfigDiffersError",
    "NoSpaceError",
    "NoSuchBlockError",
    "NotABlockError",
    "TruncatedError",
    "FutureVersionError",
    "LayoutMismatchError",
    "HeaderCorruptError",
    "HeaderInconsistentError",
    "PermissionError",
    "RecreatedError",
    "InUseError",
    "PayloadTooLargeError",
    "SecretNeededError",
    "SecretWrongError",
    "SecretUnusableError",
    "SchemaInvalidError",
    "SchemaMismatchError",
    "NoSchemaError",
    "RecordInvalidError",
    "OwnerAliveError",
    "ChangedError",
    "BeingCleanedError",
    "SingleProducerAliveError",
    "VerdictUnknownError",
    "UsageError",
    "BadDataError",
    "IoError",
    "BrokenPipeError",
    "RefusedError",
    "SystemError",
    "NoMemoryError",
    "EnvironmentInvalidError",
    "InternalError",
]
