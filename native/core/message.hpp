// What a consumer gets when it takes a message in hand.
#pragma once

#include <cstdint>

#include "core/block_view.hpp"

namespace datablock {

/// A message that a consumer has in hand.
struct Message {
  std::uint64_t seq = 0;
  std::uint64_t slot = 0;
  std::uint64_t generation = 0;  ///< how often the slot has been claimed, that time included
  std::uint64_t length = 0;
  std::uint64_t lost = 0;  ///< messages lost just before this one; tombstones among them cannot be told apart
  std::uint32_t flags = 0;
  std::uint32_t writer = 0;  ///< participant id:8 | low bits of its generation:24

  bool is_end_mark() const { return (flags & MessageFlag::end) != 0; }
};

/// Reads what the writer said about a committed message. Only while the slot cannot be reused (hold or pin).
/// A length beyond the slot is a scribbled one: it is cut to the capacity, so that no reader leaves its slot.
template <class Env>
Message describe_message(const BlockView<Env>& view, const RingPosition& at) {
  const auto& slot = view.states[at.slot()];
  const std::uint64_t length = slot.length.load(std::memory_order_relaxed);
  return {.seq = at.seq(),
          .slot = at.slot(),
          .generation = at.lap(),
          .length = length <= view.slot_size ? length : view.slot_size,
          .flags = slot.flags.load(std::memory_order_relaxed),
          .writer = slot.writer.load(std::memory_order_relaxed)};
}

}  // namespace datablock
