// Waiter words: eventcounts that are also the futex words. Bit 0 says that somebody sleeps, the rest counts
// wake-ups.
//
// Waiter:  v = fetch_or(word, 1) | 1;  fence;  look again at what is waited for;  sleep while word == v
// Waker:   change what is waited for;  fence;  if (word & 1) { CAS(word -> (word + 2) without bit 0); wake
// all }
//
// The count matters: with a mere flag that the waker clears, a waiter that set it anew between the waker's
// look and its wake-up would sleep through it (a lost wake-up without any crash; docs/protocol.md has the
// interleaving).
#pragma once

#include <cstdint>

#include "core/block_view.hpp"

namespace datablock {

/// Announces a sleeper. The caller must then fence, look again, and sleep on the returned value.
template <class Env>
std::uint32_t announce_sleeper(typename Env::template Atomic<std::uint32_t>& word) {
  return word.fetch_or(1, std::memory_order_seq_cst) | 1;
}

/// The waker's half. The change that is waited for must be ordered before this call (a fence, or for the
/// plain-store producer the waiter's process_fence()). Costs one load when nobody sleeps.
template <class Env>
inline void wake_sleepers(typename Env::template Atomic<std::uint32_t>& word) {
  std::uint32_t value = word.load(std::memory_order_relaxed);
  if ((value & 1) == 0) [[likely]] {
    return;
  }
  // A lost CAS means that another waker did it, or that one more sleeper came: then look again.
  while ((value & 1) != 0) {
    if (word.compare_exchange_weak(value, (value + 2) & ~std::uint32_t{1}, std::memory_order_seq_cst,
                                   std::memory_order_relaxed)) {
      Env::wake_all(word);
      return;
    }
  }
}

}  // namespace datablock
