// Transactions: acquire, run, publish. On an exception nothing is published, the slot is let go, and the
// exception goes on.
//
//     with_write_transaction(producer, 100, [&](SlotWriteHandle& slot) {
//       if (nothing_new()) { slot.abort(); return; }
//       slot.set_length(encode(slot.buffer_span()));
//     });
//
// Guarantees
// 1. Published exactly once, when the body returns, however early; never when it throws or has aborted.
// 2. What cannot be done is thrown: TimeoutError, EndOfStreamError, else Error. Nothing is skipped in
// silence.
// 3. A second write on the same producer inside a body is refused with NESTED_USE, and harms neither.
// 4. After a read of a `sync` consumer that was evicted meanwhile, EVICTED is thrown instead of the body's
// result.
// 5. Guards can be moved, put into containers and returned; destroying one never throws.
//
// Which to use: with_*_transaction() for a body that looks at the slot; SlotRWAccess for one that only wants
// its bytes, or a `T` in it; a guard where the scope of a transaction is not that of a function. The
// primitive calls (participants.hpp) cost the same few nanoseconds and report results instead of throwing.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "core/status.hpp"
#include "datablock/participants.hpp"

namespace datablock {

/// A slot that is written in a scope of its own. Unless commit() is called the message is given up at its
/// end.
class WriteTransactionGuard {
 public:
  /// Throws TimeoutError, Error(NESTED_USE, CLOSED, ...).
  explicit WriteTransactionGuard(DataBlockProducer& producer, std::int64_t timeout_ms = -1)
      : slot_(producer.acquire_write_slot(timeout_ms)) {
    throw_unless_ok(slot_.status());
  }

  SlotWriteHandle& slot() noexcept { return slot_; }

  /// Publishes. Throws Error: FENCED, MESSAGE_TOO_LARGE (the slot stays in hand), NOTHING_IN_HAND (it was
  /// published or given up before).
  void commit() { throw_unless_ok(slot_.commit()); }
  /// Gives the message up. Nothing happens where there is none.
  void abort() noexcept { slot_.abort(); }

 private:
  SlotWriteHandle slot_;
};

/// A message that is read in a scope of its own; let go at its end at the latest.
class ReadTransactionGuard {
 public:
  /// Throws TimeoutError, EndOfStreamError, Error(CHECKSUM_MISMATCH, EVICTED, NESTED_USE, CLOSED, ...).
  explicit ReadTransactionGuard(DataBlockConsumer& consumer, std::int64_t timeout_ms = -1)
      : slot_(consumer.acquire_consume_slot(timeout_ms)) {
    throw_unless_ok(slot_.status());
  }

  const SlotConsumeHandle& slot() const noexcept { return slot_; }

  /// Lets the message go. Throws Error: EVICTED (do not trust what was read), NOTHING_IN_HAND.
  void finish() { throw_unless_ok(slot_.release()); }

 private:
  SlotConsumeHandle slot_;
};

/// The design's other names for them.
using SlotWriteGuard = WriteTransactionGuard;
using SlotReadGuard = ReadTransactionGuard;

/// Runs `body(SlotWriteHandle&)` on the next slot and publishes what it says (set_length(), set_flags(); the
/// whole slot unless it does), unless it has committed or aborted itself. Returns what the body returns.
template <std::invocable<SlotWriteHandle&> Body>
decltype(auto) with_write_transaction(DataBlockProducer& producer, std::int64_t timeout_ms, Body&& body) {
  WriteTransactionGuard guard(producer, timeout_ms);
  const auto publish = [&] {
    if (guard.slot()) {
      guard.commit();
    }
  };
  if constexpr (std::is_void_v<std::invoke_result_t<Body, SlotWriteHandle&>>) {
    std::forward<Body>(body)(guard.slot());
    publish();
  } else {
    std::invoke_result_t<Body, SlotWriteHandle&> result = std::forward<Body>(body)(guard.slot());
    publish();
    return result;
  }
}

/// Runs `body(const SlotConsumeHandle&)` on the next message, then lets it go. Returns what the body returns.
template <std::invocable<const SlotConsumeHandle&> Body>
decltype(auto) with_read_transaction(DataBlockConsumer& consumer, std::int64_t timeout_ms, Body&& body) {
  ReadTransactionGuard guard(consumer, timeout_ms);
  if constexpr (std::is_void_v<std::invoke_result_t<Body, const SlotConsumeHandle&>>) {
    std::forward<Body>(body)(guard.slot());
    guard.finish();
  } else {
    std::invoke_result_t<Body, const SlotConsumeHandle&> result = std::forward<Body>(body)(guard.slot());
    guard.finish();
    return result;
  }
}

/// with_read_transaction() for loops: what ends a loop is its result, and only the body's exceptions are
/// thrown. OK: the body ran; TIMEOUT, END_OF_STREAM, CHECKSUM_MISMATCH, EVICTED, ...: see
/// DataBlockConsumer::acquire_consume_slot().
///
///     while (with_next_slot(consumer, -1, [&](const SlotConsumeHandle& slot) { add(slot.buffer_span()); })
///     == Status::OK) {}
template <std::invocable<const SlotConsumeHandle&> Body>
[[nodiscard]] Status with_next_slot(DataBlockConsumer& consumer, std::int64_t timeout_ms, Body&& body) {
  SlotConsumeHandle slot = consumer.acquire_consume_slot(timeout_ms);
  if (!slot) {
    return slot.status();
  }
  std::forward<Body>(body)(std::as_const(slot));
  return slot.release();
}

/// Transactions on the bytes of a slot, or on a value in it.
class SlotRWAccess {
 public:
  /// `body(std::span<std::byte>)` writes into the slot; what it returns is the message's length, or nothing:
  /// the whole slot.
  template <std::invocable<std::span<std::byte>> Body>
  static void with_write_access(DataBlockProducer& producer, Body&& body, std::int64_t timeout_ms = -1) {
    WriteTransactionGuard guard(producer, timeout_ms);
    if constexpr (std::is_void_v<std::invoke_result_t<Body, std::span<std::byte>>>) {
      std::forward<Body>(body)(guard.slot().buffer_span());
    } else {
      guard.slot().set_length(std::forward<Body>(body)(guard.slot().buffer_span()));
    }
    guard.commit();
  }

  /// `body(std::span<const std::byte>)` reads the message. Returns what it returns.
  template <std::invocable<std::span<const std::byte>> Body>
  static decltype(auto) with_read_access(DataBlockConsumer& consumer, Body&& body,
                                         std::int64_t timeout_ms = -1) {
    return with_read_transaction(consumer, timeout_ms, [&](const SlotConsumeHandle& slot) -> decltype(auto) {
      return std::forward<Body>(body)(slot.buffer_span());
    });
  }

  /// `body(T&)` writes a value in place: made by its default constructor, which for most leaves the slot's
  /// old bytes in it. Throws Error(MESSAGE_TOO_LARGE) where a slot is too small for it. Returns what the body
  /// returns.
  template <SlotValue T, std::invocable<T&> Body>
  static decltype(auto) with_typed_write(DataBlockProducer& producer, Body&& body,
                                         std::int64_t timeout_ms = -1) {
    return with_write_transaction(producer, timeout_ms, [&](SlotWriteHandle& slot) -> decltype(auto) {
      if (slot.buffer_span().size() < sizeof(T)) [[unlikely]] {
        throw_status(Status::MESSAGE_TOO_LARGE);
      }
      return std::forward<Body>(body)(slot.emplace<T>());
    });
  }

  /// `body(const T&)` reads a value in place. Throws Error(TYPE_MISMATCH) where the message is not as long as
  /// a `T`. Returns what the body returns.
  template <SlotValue T, std::invocable<const T&> Body>
  static decltype(auto) with_typed_read(DataBlockConsumer& consumer, Body&& body,
                                        std::int64_t timeout_ms = -1) {
    return with_read_transaction(consumer, timeout_ms, [&](const SlotConsumeHandle& slot) -> decltype(auto) {
      if (slot.buffer_span().size() != sizeof(T)) [[unlikely]] {
        throw_status(Status::TYPE_MISMATCH);
      }
      return std::forward<Body>(body)(slot.as<T>());
    });
  }
};

}  // namespace datablock
