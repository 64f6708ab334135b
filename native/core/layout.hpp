// What lies where in a segment (layout version 1). docs/layout.md shows the same as a table.
//
// Sections are grouped by the rights under which they are mapped; each group starts on its own 64 KiB
// boundary:
//
//     group      sections                                                       participant    observer
//     header     header, zone table, schema                                     read           read
//     shared     control, metrics, spinlocks, participants, recorder,           read+write     read
//                zone checksums, waiters
//     states     slot states, slot checksums                                    producer: rw   read
//     zones      flexible zones                                                 read+write     read
//     payload    payload ring                                                   producer: rw   (not mapped)
//
// Everything that more than one process touches at a time is an Atomic; the header is plain, because it is
// written once, before the segment has a name.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/schema.hpp"
#include "core/slot_word.hpp"
#include "core/spinlock_word.hpp"

namespace datablock {

inline constexpr std::array<char, 8> kMagic = {'D', 'A', 'T', 'A', 'B', 'L', 'K', '\n'};
inline constexpr std::uint32_t kLayoutVersion = 1;
/// Oldest reader that understands what this version writes.
inline constexpr std::uint32_t kMinReaderVersion = 1;

inline constexpr std::size_t kCacheLine = 64;
/// Two lines: the adjacent-line prefetcher of x86 pulls lines in pairs.
inline constexpr std::size_t kFalseSharingRange = 128;
/// Groups are mapped apart; arm64 kernels may have pages of 64 KiB.
inline constexpr std::uint64_t kGroupAlignment = 65536;

inline constexpr unsigned kMaxParticipants = 64;
inline constexpr std::uint64_t kMaxSlots = std::uint64_t{1} << 31;
inline constexpr unsigned kMaxZones = 64;
inline constexpr unsigned kSpinlocks = 32;
inline constexpr unsigned kRecorderEntries = 256;

/// hold of a consumer that holds nothing back.
inline constexpr std::uint64_t kNoHold = ~std::uint64_t{0};
/// pin of a consumer that looks at no slot.
inline constexpr std::uint64_t kNoPin = ~std::uint64_t{0};

/// Lock bytes lie far beyond any file's end: byte kLockBase is the producer role, kLockBase + id participant
/// id.
inline constexpr std::int64_t kLockBase = std::int64_t{1} << 62;
/// kSeatLockBase + id: who sits in that entry does not change while somebody has this byte. Held for a moment
/// by whoever sits down, and by whoever acts on the living one that it has seen there.
inline constexpr std::int64_t kSeatLockBase = kLockBase + 128;

enum class ProducerMode : std::uint8_t { single = 1, multi = 2 };
enum class ChecksumAlgorithm : std::uint8_t { none = 0, xxh3 = 1, blake2b = 2, blake2b_keyed = 3 };
enum class ChecksumPolicy : std::uint8_t { manual = 0, enforced = 1 };
enum class OverflowPolicy : std::uint8_t { wait = 0, fail = 1 };
enum class Fences : std::uint8_t { real = 0, asymmetric = 1 };
/// `zone_user`: uses zones and spinlocks, and has no part in the stream.
enum class Role : std::uint8_t { none = 0, producer = 1, consumer = 2, zone_user = 3 };
/// How a consumer reads. Numbers continue those of ProducerMode: one field of a participant holds either.
enum class ConsumerMode : std::uint8_t { sync = 3, sequential = 4, latest = 5 };

// ---------------------------------------------------------------------------------------------- header group

enum class SectionId : std::uint8_t {
  header,
  zone_table,
  schema,
  control,
  metrics,
  spinlocks,
  participants,
  waiters,
  recorder,
  zone_checksums,
  states,
  checksums,
  zones,
  payload,
};
inline constexpr std::size_t kSectionCount = static_cast<std::size_t>(SectionId::payload) + 1;

struct Section {
  std::uint64_t offset;
  std::uint64_t size;
};

/// Facts about a process that together name it for ever: a pid alone does not.
struct ProcessIdentity {
  std::uint32_t pid;
  std::uint32_t uid;
  std::uint64_t start_time;     ///< clock ticks after boot (field 22 of /proc/PID/stat)
  std::uint64_t pid_namespace;  ///< inode of /proc/PID/ns/pid, 0 where /proc is missing
};

struct Header {
  std::array<char, 8> magic;
  std::uint32_t layout_version;
  std::uint32_t min_reader_version;
  std::uint64_t fingerprint;              ///< see layout_fingerprint()
  std::array<std::uint8_t, 16> instance;  ///< random: this very segment, whatever its name
  std::array<std::uint8_t, 16> boot_id;   ///< /proc/sys/kernel/random/boot_id at creation
  ProcessIdentity creator;
  std::array<char, 32> creator_version;
  std::uint64_t created_ns;  ///< CLOCK_REALTIME
  std::uint64_t total_size;
  std::uint64_t slot_count;
  std::uint64_t slot_size;  ///< payload capacity, bytes
  std::uint64_t stride;     ///< slot_size rounded up to cache lines
  std::uint32_t max_participants;
  std::uint32_t max_sync;
  std::uint32_t heal_after_ms;
  std::uint32_t zone_count;
  ProducerMode producer_mode;
  ChecksumAlgorithm checksum_algorithm;
  ChecksumPolicy checksum_policy;
  OverflowPolicy overflow_policy;
  Fences fences;
  std::uint8_t self_heal;
  std::uint8_t timestamps;
  std::uint8_t has_secret;
  std::uint32_t schema_length;                   ///< bytes of its canonical text; 0: the block has no schema
  std::array<std::uint32_t, 3> schema_version;   ///< major, minor, patch
  std::array<char, 64> schema_name;              ///< zero-terminated
  std::array<std::uint8_t, 32> schema_hash;      ///< BLAKE2b-256 of the text
  std::array<std::uint8_t, 16> secret_salt;      ///< random; core/secret.hpp
  std::array<std::uint8_t, 32> secret_verifier;  ///< of this header, by who knows the secret
  std::array<Section, kSectionCount> sections;
  std::uint64_t digest;  ///< XXH3-64 of all bytes before it, then of the zone table and of the schema
};
inline constexpr std::uint64_t kHeaderSize = 4096;
static_assert(sizeof(Header) <= kHeaderSize);

struct ZoneEntry {
  std::array<char, 48> name;  ///< zero-terminated
  std::uint64_t offset;
  std::uint64_t size;
};
static_assert(sizeof(ZoneEntry) == kCacheLine);

/// The schema has what the header group has left, so that it never moves anything.
inline constexpr std::uint64_t kSchemaOffset = kHeaderSize + kMaxZones * sizeof(ZoneEntry);
static_assert(kSchemaOffset + kMaxSchemaText == kGroupAlignment);

// ---------------------------------------------------------------------------------------------- shared group

/// The words that order producers and consumers, each on lines of its own.
template <class Env>
struct Control {
  template <class T>
  using Atomic = typename Env::template Atomic<T>;

  /// Next message number to be claimed. Never decreases.
  alignas(kFalseSharingRange) Atomic<std::uint64_t> claim;
  /// Bit id-1: this participant may pin slots. Producers look at it after every claim.
  alignas(kFalseSharingRange) Atomic<std::uint64_t> lossy;
  /// Bit id-1: this participant holds messages back.
  alignas(kFalseSharingRange) Atomic<std::uint64_t> sync;
  /// Next flight-recorder ticket.
  alignas(kFalseSharingRange) Atomic<std::uint64_t> recorder_ticket;
  /// Producers that died without an end-of-stream mark. A consumer that saw this move does not take silence
  /// for an end.
  alignas(kFalseSharingRange) Atomic<std::uint64_t> lost_producers;
};

/// Counters that cannot be derived, kept for the life of the segment; relaxed. Rare events are counted here
/// as they happen; the counts of a participant's own line are added when it leaves.
template <class Env>
struct Metrics {
  template <class T>
  using Atomic = typename Env::template Atomic<T>;

  Atomic<std::uint64_t> writer_timeouts;
  Atomic<std::uint64_t> writer_blocked_ns;
  Atomic<std::uint64_t> reader_races;   ///< a lossy reader lost its slot between look and pin
  Atomic<std::uint64_t> reader_peak;    ///< most consumers attached at once
  Atomic<std::uint64_t> last_error_ns;  ///< CLOCK_REALTIME
  Atomic<std::uint64_t> last_error_code;
  Atomic<std::uint64_t> error_sequence;
  Atomic<std::uint64_t> acquire_errors;
  Atomic<std::uint64_t> checksum_failures;
  Atomic<std::uint64_t> zmq_send_failures;  ///< by consumers that pass messages on, to wherever
  Atomic<std::uint64_t> heartbeats_sent;
  Atomic<std::uint64_t> heartbeats_failed;
  Atomic<std::uint64_t> messages_written;
  Atomic<std::uint64_t> messages_read;
  Atomic<std::uint64_t> bytes_written;
  Atomic<std::uint64_t> bytes_read;
  Atomic<std::uint64_t> messages_lost;
  Atomic<std::uint64_t> tombstones;
  Atomic<std::uint64_t> recovery_actions;
  std::uint64_t reserved[13];
};

/// A lock of the pool, on a line of its own.
template <class Env>
struct alignas(kCacheLine) Spinlock {
  template <class T>
  using Atomic = typename Env::template Atomic<T>;

  Atomic<std::uint64_t> word;         ///< SpinlockWord
  Atomic<std::uint32_t> waiters;      ///< eventcount: those that wait for it
  Atomic<std::uint32_t> depth;        ///< how often its owner has locked it; the owner's
  Atomic<std::uint64_t> acquired_ns;  ///< coarse monotonic clock
};

/// Checksum of the flexible zone of the same index; written by whoever says that the zone is whole now.
template <class Env>
struct alignas(kCacheLine) ZoneChecksum {
  template <class T>
  using Atomic = typename Env::template Atomic<T>;

  std::array<Atomic<std::uint64_t>, 4> digest;
  Atomic<std::uint64_t> updates;     ///< how often it was stored; the digest covers it
  Atomic<std::uint64_t> updated_ns;  ///< CLOCK_REALTIME
  Atomic<std::uint32_t> algorithm;
  Atomic<std::uint32_t> present;  ///< 0 while it is being stored, and before the first time
};

enum class EntryState : std::uint8_t { free = 0, joining = 1, active = 2, leaving = 3 };

/// An entry's state and its generation in one word, so that a stale decision loses its CAS: state:8 |
/// generation:56.
struct EntryWord {
  std::uint64_t raw = 0;

  static constexpr EntryWord make(EntryState state, std::uint64_t generation) {
    return {generation << 8 | static_cast<std::uint64_t>(state)};
  }
  constexpr EntryState state() const { return static_cast<EntryState>(raw & 255); }
  constexpr std::uint64_t generation() const { return raw >> 8; }
};

/// Who is cleaning up after a dead participant. pid 0: nobody.
template <class Env>
struct Cleaner {
  template <class T>
  using Atomic = typename Env::template Atomic<T>;

  Atomic<std::uint32_t> pid;
  Atomic<std::uint32_t> uid;
  Atomic<std::uint64_t> start_time;
  Atomic<std::uint64_t> pid_namespace;
  Atomic<std::uint64_t> since_ns;  ///< CLOCK_REALTIME
};

template <class Env>
struct alignas(kFalseSharingRange) Participant {
  template <class T>
  using Atomic = typename Env::template Atomic<T>;

  // Identity: written while joining, by the holder of the lock byte.
  Atomic<std::uint64_t> word;       ///< EntryWord
  Atomic<std::uint64_t> joined_ns;  ///< CLOCK_REALTIME
  Atomic<std::uint32_t> pid;
  Atomic<std::uint32_t> uid;
  Atomic<std::uint64_t> start_time;
  Atomic<std::uint64_t> pid_namespace;
  Atomic<std::uint8_t> role;     ///< Role
  Atomic<std::uint8_t> mode;     ///< ProducerMode or ConsumerMode
  Atomic<std::uint8_t> standby;  ///< a producer that waits for the producer role
  Atomic<std::uint8_t> ended;    ///< a producer that has marked its end of stream and written nothing since
  std::uint32_t reserved;
  std::array<Atomic<std::uint64_t>, 4> name;  ///< 32 bytes of UTF-8, zero-padded
  std::array<Atomic<std::uint64_t>, 8> note;  ///< 64 bytes
  Cleaner<Env> cleaner;
  std::array<Atomic<std::uint64_t>, 2> version;  ///< of the library that joined, 16 bytes, zero-padded

  // Hot line: written by the participant itself on every message, read by others at human pace (the pin: by
  // producers).
  alignas(kCacheLine) Atomic<std::uint64_t> hold;  ///< first message not finished yet (sync consumers)
  Atomic<std::uint64_t> pin;                       ///< slot being looked at (lossy consumers)
  Atomic<std::uint32_t> hold_waiters;              ///< eventcount: producers that wait for the hold to move
  Atomic<std::uint32_t> heartbeats;                ///< how many; wraps
  Atomic<std::uint64_t> heartbeat_ns;              ///< coarse monotonic clock
  Atomic<std::uint64_t> messages;
  Atomic<std::uint64_t> bytes;
  Atomic<std::uint64_t> lost;
  Atomic<std::uint64_t> errors;
};

/// What a flight-recorder entry tells of.
enum class RecorderAction : std::uint8_t {
  none = 0,
  reset_slot = 1,
  give_back_slot = 2,
  release_quarantine = 3,
  release_hold = 4,
  release_pin = 5,
  free_participant = 6,
  quarantine_slot = 7,
  evict_consumer = 8,
  kill_participant = 9,
  kill_cleaner = 10,
  skip_slot = 11,
  release_spinlock = 12,  ///< `slot` is the lock's number
};

/// Why an action was allowed.
enum class RecorderEvidence : std::uint8_t {
  none = 0,
  lock_byte_taken = 1,  ///< the kernel gave us the dead participant's lock byte
  forced_by_operator = 2,
};

template <class Env>
struct alignas(kCacheLine) RecorderEntry {
  template <class T>
  using Atomic = typename Env::template Atomic<T>;

  Atomic<std::uint64_t> ticket;  ///< ticket + 1 when the entry is whole, 0 while it is being written
  Atomic<std::uint64_t> at_ns;   ///< CLOCK_REALTIME
  Atomic<std::uint32_t> pid;
  Atomic<std::uint32_t> uid;
  Atomic<std::uint64_t> what;  ///< action:8 | evidence:8 | participant:8 | unused:8 | slot:32
  Atomic<std::uint64_t> seq;
  Atomic<std::uint64_t> before;
  Atomic<std::uint64_t> after;
};

// ---------------------------------------------------------------------------------------------- states group

/// The brief's SlotRWState. All but `state` belongs to the slot's owner until it commits.
template <class Env>
struct alignas(kCacheLine) SlotState {
  template <class T>
  using Atomic = typename Env::template Atomic<T>;

  Atomic<std::uint64_t> state;         ///< SlotWord
  Atomic<std::uint64_t> length;        ///< bytes of payload
  Atomic<std::uint32_t> flags;         ///< MessageFlag
  Atomic<std::uint32_t> writer;        ///< participant id:8 | low bits of its generation:24
  Atomic<std::uint64_t> acquired_ns;   ///< coarse monotonic clock
  Atomic<std::uint64_t> committed_ns;  ///< CLOCK_MONOTONIC; 0 unless the block records time stamps
};

struct MessageFlag {
  static constexpr std::uint32_t end = 1;      ///< end-of-stream mark, no data
  static constexpr std::uint32_t line = 2;     ///< a line of text: a newline followed it
  static constexpr std::uint32_t pattern = 4;  ///< generated, so that its content can be checked
};

/// Checksum of the message in the slot of the same index.
template <class Env>
struct alignas(kCacheLine) SlotChecksum {
  template <class T>
  using Atomic = typename Env::template Atomic<T>;

  std::array<Atomic<std::uint64_t>, 4> digest;
  Atomic<std::uint64_t> seq;
  Atomic<std::uint64_t> length;
  Atomic<std::uint32_t> algorithm;
  Atomic<std::uint32_t> present;  ///< 1 once a checksum was stored for `seq`
};

// ---------------------------------------------------------------------------------------------- proofs

/// The layout as it lies in memory when atomics are plain words, which is how every real build has it.
struct PlainEnv {
  template <class T>
  using Atomic = std::atomic<T>;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(std::atomic<std::uint64_t>) == 8);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free && sizeof(std::atomic<std::uint32_t>) == 4);
static_assert(sizeof(Metrics<PlainEnv>) == 256);
static_assert(sizeof(Participant<PlainEnv>) == 256);
static_assert(offsetof(Participant<PlainEnv>, version) == 176);
static_assert(offsetof(Participant<PlainEnv>, hold) == 192);
static_assert(sizeof(Spinlock<PlainEnv>) == 64);
static_assert(sizeof(ZoneChecksum<PlainEnv>) == 64);
static_assert(sizeof(RecorderEntry<PlainEnv>) == 64);
static_assert(sizeof(SlotState<PlainEnv>) == 64);
static_assert(sizeof(SlotChecksum<PlainEnv>) == 64);
static_assert(sizeof(void*) == 8, "64-bit only");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian only");

/// Differs whenever two builds would not agree about the bytes of a segment (FNV-1a over the facts of the
/// layout).
constexpr std::uint64_t layout_fingerprint() {
  const std::uint64_t facts[] = {sizeof(Header),
                                 sizeof(ZoneEntry),
                                 sizeof(Control<PlainEnv>),
                                 sizeof(Metrics<PlainEnv>),
                                 sizeof(Spinlock<PlainEnv>),
                                 sizeof(Participant<PlainEnv>),
                                 offsetof(Participant<PlainEnv>, version),
                                 sizeof(RecorderEntry<PlainEnv>),
                                 sizeof(ZoneChecksum<PlainEnv>),
                                 sizeof(SlotState<PlainEnv>),
                                 sizeof(SlotChecksum<PlainEnv>),
                                 kCacheLine,
                                 kFalseSharingRange,
                                 kGroupAlignment,
                                 kSectionCount,
                                 kMaxZones,
                                 kSpinlocks,
                                 static_cast<std::uint64_t>(kLockBase),
                                 static_cast<std::uint64_t>(kSeatLockBase),
                                 static_cast<std::uint64_t>(Phase::quarantined),
                                 static_cast<std::uint64_t>(ConsumerMode::latest)};
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::uint64_t fact : facts) {
    for (int byte = 0; byte < 8; ++byte) {
      hash = (hash ^ (fact >> (8 * byte) & 255)) * 0x100000001b3;
    }
  }
  return hash;
}

}  // namespace datablock
