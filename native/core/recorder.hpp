// The flight recorder: the last 256 recovery actions, in the segment itself.
#pragma once

#include <cstdint>

#include "core/block_view.hpp"

namespace datablock {

struct RecorderFacts {
  std::uint64_t ticket = 0;  ///< running number, set when it is read
  std::uint64_t at_ns = 0;
  std::uint32_t pid = 0;
  std::uint32_t uid = 0;
  RecorderAction action = RecorderAction::none;
  RecorderEvidence evidence = RecorderEvidence::none;
  std::uint8_t participant = kNobody;
  std::uint32_t slot = kNoSlot;
  std::uint64_t seq = kNoSeq;
  std::uint64_t before = 0;
  std::uint64_t after = 0;

  static constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};
  static constexpr std::uint64_t kNoSeq = ~std::uint64_t{0};
};

/// Appends; any number of writers at a time. An entry whose writer died half-way stays marked as unfinished.
template <class Env>
void record(const BlockView<Env>& view, const RecorderFacts& facts) {
  const std::uint64_t ticket = view.control->recorder_ticket.fetch_add(1, std::memory_order_relaxed);
  auto& entry = view.recorder[ticket % kRecorderEntries];
  constexpr auto relaxed = std::memory_order_relaxed;
  entry.ticket.store(0, relaxed);
  Env::fence();  // whoever still sees the old ticket sees the old facts, or finds the ticket changed when it
                 // looks again
  entry.at_ns.store(facts.at_ns, relaxed);
  entry.pid.store(facts.pid, relaxed);
  entry.uid.store(facts.uid, relaxed);
  entry.what.store(static_cast<std::uint64_t>(facts.action) << 56 |
                       static_cast<std::uint64_t>(facts.evidence) << 48 |
                       static_cast<std::uint64_t>(facts.participant) << 40 | facts.slot,
                   relaxed);
  entry.seq.store(facts.seq, relaxed);
  entry.before.store(facts.before, relaxed);
  entry.after.store(facts.after, relaxed);
  entry.ticket.store(ticket + 1, std::memory_order_release);
  view.metrics->recovery_actions.fetch_add(1, relaxed);
}

/// Reads the entry of `ticket`; false when it is being written, was overwritten, or never finished.
template <class Env>
bool read_record(const BlockView<Env>& view, std::uint64_t ticket, RecorderFacts& facts) {
  const auto& entry = view.recorder[ticket % kRecorderEntries];
  constexpr auto relaxed = std::memory_order_relaxed;
  if (entry.ticket.load(std::memory_order_acquire) != ticket + 1) {
    return false;
  }
  const std::uint64_t what = entry.what.load(relaxed);
  facts = {.ticket = ticket,
           .at_ns = entry.at_ns.load(relaxed),
           .pid = entry.pid.load(relaxed),
           .uid = entry.uid.load(relaxed),
           .action = static_cast<RecorderAction>(what >> 56),
           .evidence = static_cast<RecorderEvidence>(what >> 48 & 255),
           .participant = static_cast<std::uint8_t>(what >> 40 & 255),
           .slot = static_cast<std::uint32_t>(what),
           .seq = entry.seq.load(relaxed),
           .before = entry.before.load(relaxed),
           .after = entry.after.load(relaxed)};
  Env::fence();  // the facts before the second look at the ticket
  return entry.ticket.load(relaxed) == ticket + 1;
}

}  // namespace datablock
