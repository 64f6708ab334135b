// ModelEnv: the machine that the protocol runs on here (core/block_view.hpp has the contract). Every access
// to a watched atomic, every fence and every sleep goes to the modelled machine; the others (metrics,
// identity) are plain memory.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/machine.hpp"

namespace datablock::model {

template <class T>
class ModelAtomic {
 public:
  ModelAtomic() = default;
  ModelAtomic(const ModelAtomic&) = delete;
  ModelAtomic& operator=(const ModelAtomic&) = delete;

  /// From now on it is `location` of the machine.
  void watch(Location location) { location_ = location; }
  Location location() const { return location_; }
  /// Its value at the start of a run.
  void set(T value) {
    if (is_watched()) {
      machine().initialize(location_, value);
    } else {
      value_ = value;
    }
  }
  /// What is stored last, without being an access.
  T latest() const {
    return is_watched() ? static_cast<T>(machine().memory().latest_value(location_)) : value_;
  }

  T load(std::memory_order order = std::memory_order_seq_cst) const {
    return is_watched() ? static_cast<T>(machine().load(location_, order)) : value_;
  }

  void store(T value, std::memory_order order = std::memory_order_seq_cst) {
    if (is_watched()) {
      machine().store(location_, value, order);
    } else {
      value_ = value;
    }
  }

  T exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
    return update(order, [value](T) { return value; });
  }
  T fetch_add(T value, std::memory_order order = std::memory_order_seq_cst) {
    return update(order, [value](T before) { return static_cast<T>(before + value); });
  }
  T fetch_or(T value, std::memory_order order = std::memory_order_seq_cst) {
    return update(order, [value](T before) { return static_cast<T>(before | value); });
  }
  T fetch_and(T value, std::memory_order order = std::memory_order_seq_cst) {
    return update(order, [value](T before) { return static_cast<T>(before & value); });
  }

  bool compare_exchange_strong(T& expected, T desired, std::memory_order success, std::memory_order failure) {
    if (is_watched()) {
      std::uint64_t found = expected;
      const bool done = machine().compare_exchange(location_, found, desired, success, failure);
      expected = static_cast<T>(found);
      return done;
    }
    const bool same = value_ == expected;
    (same ? value_ : expected) = same ? desired : value_;
    return same;
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order order = std::memory_order_seq_cst) {
    return compare_exchange_strong(expected, desired, order, failure_order(order));
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success, std::memory_order failure) {
    return compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order order = std::memory_order_seq_cst) {
    return compare_exchange_strong(expected, desired, order);
  }

 private:
  static constexpr Location kUnwatched = 0xffff;

  bool is_watched() const { return location_ != kUnwatched; }

  static constexpr std::memory_order failure_order(std::memory_order order) {
    return order == std::memory_order_acq_rel   ? std::memory_order_acquire
           : order == std::memory_order_release ? std::memory_order_relaxed
                                                : order;
  }

  template <class Change>
  T update(std::memory_order order, Change&& change) {
    if (is_watched()) {
      return static_cast<T>(machine().update(location_, order, [&](std::uint64_t before) {
        return std::uint64_t{change(static_cast<T>(before))};
      }));
    }
    const T before = value_;
    value_ = change(before);
    return before;
  }

  T value_{};
  Location location_ = kUnwatched;
};

struct ModelEnv {
  template <class T>
  using Atomic = ModelAtomic<T>;

  static void fence() { machine().fence(); }
  static void fence_after_rmw() { machine().fence_after_rmw(); }
  static void acquire_fence() { machine().acquire_fence(); }
  static void compiler_fence() {}  // threads run their program in its order
  static void process_fence() { machine().process_fence(); }

  static void wait(Atomic<std::uint32_t>& word, std::uint32_t value, std::uint64_t ns) {
    machine().sleep_on(word.location(), value, ns);
  }
  static void wake_all(Atomic<std::uint32_t>& word) { machine().wake(word.location()); }
  static void nap(std::uint64_t ns) { machine().nap(ns); }
  static void relax() { machine().relax(); }
  static void prefetch_for_write(const void*) {}

  static std::uint64_t now_ns() { return machine().now(); }
  static std::uint64_t coarse_now_ns() { return machine().now(); }
  static std::uint64_t realtime_ns() { return machine().now(); }
  static bool is_interrupted() { return false; }
  static std::uint64_t longest_wait_ns() { return UINT64_MAX; }
};

}  // namespace datablock::model
