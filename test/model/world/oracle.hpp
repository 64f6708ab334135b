// What must be true after every run.
#pragma once

#include "world/block.hpp"
#include "world/journal.hpp"

namespace datablock::model {

struct Expectations {
  /// Every claim is settled when the run ends, and somebody has cleaned up after the dead.
  bool all_are_settled = true;
};

/// Delivered + declared lost + stepped over = all numbers, for every consumer; nothing is lost to a sync
/// consumer; what is delivered is what was written; no trace of the dead is left.
inline void check_run(const Expectations& expected = {});

// ----------------------------------------------------------------------------------------------
// implementation

namespace oracle {

inline unsigned long long number(std::uint64_t value) {
  return value;
}

inline const Fate& fate(std::uint64_t seq) {
  return journal().fates[std::min(seq, Journal::kMostMessages - 1)];
}

inline void check_contents(const Reading& reading, const Delivery& delivery) {
  const char* name = machine().thread_name(reading.thread);
  const Fate& what = fate(delivery.seq);
  if (!what.is_data()) {
    machine().fail("%s was given message %llu, which %s", name, number(delivery.seq),
                   what.kind == FateKind::committed ? "is a mark" : "was never committed");
  } else if (what.value != delivery.value) {
    machine().fail("%s was given %llu as message %llu, but %llu was written", name, number(delivery.value),
                   number(delivery.seq), number(what.value));
  }
}

/// Of the numbers from `begin` to `end`, which were not delivered, `lost` were declared.
inline void check_gap(const Reading& reading, std::uint64_t begin, std::uint64_t end, std::uint64_t lost) {
  const char* name = machine().thread_name(reading.thread);
  std::uint64_t data = 0;
  for (std::uint64_t seq = begin; seq < end; ++seq) {
    data += fate(seq).is_data() ? 1 : 0;
  }
  if (lost > end - begin) {
    machine().fail("%s declares %llu lost between %llu and %llu", name, number(lost), number(begin),
                   number(end));
  }
  const std::uint64_t losable = std::min(end, std::max(begin, reading.lossless_from)) - begin;
  if (lost > losable) {
    machine().fail("%s, a sync consumer, lost one of the messages %llu to %llu", name, number(begin),
                   number(end - 1));
  }
  if (data > lost) {
    machine().fail("%s declares %llu lost of the messages %llu to %llu, but missed %llu", name, number(lost),
                   number(begin), number(end - 1), number(data));
  }
}

inline void check_reading(const Reading& reading) {
  if (!reading.has_joined) {
    return;
  }
  const char* name = machine().thread_name(reading.thread);
  std::uint64_t next = reading.start;
  bool is_first = true;
  for (const Delivery& delivery : reading.deliveries) {
    if (delivery.seq < next) {
      machine().fail("%s was given message %llu after %llu", name, number(delivery.seq), number(next) - 1);
      return;
    }
    check_contents(reading, delivery);
    // `latest` begins to count with the first message that it gets.
    if (!(reading.mode == ConsumerMode::latest && is_first)) {
      check_gap(reading, next, delivery.seq, delivery.lost);
    }
    next = delivery.seq + 1;
    is_first = false;
  }
  if (reading.evicted || machine().is_out(reading.thread)) {
    return;
  }
  if (reading.last == Status::CORRUPT) {
    machine().fail("%s reports CORRUPT", name);
  }
  if (reading.mode != ConsumerMode::latest) {
    check_gap(reading, next, reading.next, reading.untold);
  }
  if (!reading.reads_all) {
    return;
  }
  if (reading.mode != ConsumerMode::latest) {
    if (reading.next < block().claim()) {
      machine().fail("%s stopped at %llu, but %llu are claimed", name, number(reading.next),
                     number(block().claim()));
    }
    return;
  }
  const std::uint64_t slots = block().view().slot_count;
  const std::uint64_t oldest = block().claim() > slots ? block().claim() - slots : 0;
  for (std::uint64_t seq = std::max(next, oldest); seq < block().claim(); ++seq) {
    if (fate(seq).is_data()) {
      machine().fail("%s, which reads the latest, did not see %llu", name, number(seq));
    }
  }
}

inline void check_block(const Expectations& expected) {
  for (std::uint64_t seq = 0; seq < block().claim(); ++seq) {
    if (expected.all_are_settled && fate(seq).kind == FateKind::open) {
      machine().fail("message %llu is claimed and never settled", number(seq));
    }
  }
  for (unsigned slot = 0; slot < block().view().slot_count; ++slot) {
    const SlotWord word = block().word(slot);
    if (!expected.all_are_settled || word.owner() == kNobody) {
      continue;
    }
    // Who has come to its end alive has nothing in hand; who is dead has been cleaned up after.
    machine().fail("state[%u] is left as %s", slot, show_slot_word(word.raw).c_str());
  }
  for (unsigned i = 1; i <= block().view().max_participants; ++i) {
    const auto id = static_cast<std::uint8_t>(i);
    if (block().entry_state(id) == EntryState::free && block().hold(id) != kNoHold) {
      machine().fail("entry %u is FREE and holds %llu", i, number(block().hold(id)));
    }
    if (expected.all_are_settled && block().entry_state(id) != EntryState::free && !machine().is_locked(id)) {
      machine().fail("entry %u is of somebody dead", i);
    }
  }
}

}  // namespace oracle

inline void check_run(const Expectations& expected) {
  for (const Reading& reading : journal().readings) {
    oracle::check_reading(reading);
  }
  oracle::check_block(expected);
}

}  // namespace datablock::model
