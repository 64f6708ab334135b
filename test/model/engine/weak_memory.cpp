#include "engine/weak_memory.hpp"

#include <cstdio>
#include <cstdlib>

#include "engine/hash.hpp"

namespace datablock::model {
namespace {

bool acquires(std::memory_order order) {
  return order != std::memory_order_relaxed && order != std::memory_order_release;
}
bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

constexpr std::uint64_t kReadMark = 1;
constexpr std::uint64_t kWriteMark = 2;
constexpr std::uint64_t kFenceMark = 3;
constexpr std::uint64_t kLearnMark = 4;

}  // namespace

void WeakMemory::reset() {
  for (auto& history : stores_) {
    history.clear();
  }
  seq_cst_ = Knowledge{};
  seq_cst_hash_.fill(0);
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    threads_[i] = Thread{};
    threads_[i].now.clock[i] = 1;
    threads_[i].hash = i + 1;
  }
  fence_hash_ = 0;
  locations_hash_ = 0;
  seq_cst_sum_ = 0;
}

Location WeakMemory::add_location() {
  if (stores_.size() == kMaxLocations) {
    std::fputs("kMaxLocations is too small\n", stderr);
    std::abort();
  }
  stores_.emplace_back().reserve(64);
  return static_cast<Location>(stores_.size() - 1);
}

void WeakMemory::initialize(Location location, std::uint64_t value) {
  stores_[location].clear();
  stores_[location].push_back(
      {.value = value, .hash = mix(location, value), .view = {}, .thread = kMaxThreads});
  locations_hash_ += mix(location, stores_[location].back().hash);
}

unsigned WeakMemory::oldest_readable(ThreadIndex thread, Location location, std::memory_order order) const {
  const unsigned known = threads_[thread].now.seen[location];
  return order == std::memory_order_seq_cst ? std::max<unsigned>(known, seq_cst_.seen[location]) : known;
}

std::uint64_t WeakMemory::read(ThreadIndex thread, Location location, unsigned index,
                               std::memory_order order) {
  Thread& me = threads_[thread];
  const Store& store = stores_[location][index];
  me.now.seen[location] = static_cast<std::uint16_t>(index);
  if (acquires(order)) {
    me.now.join(store.view);
  } else {
    me.acquirable.join(store.view);
  }
  me.hash = mix(me.hash, kReadMark, location, store.hash);
  return store.value;
}

void WeakMemory::append(ThreadIndex thread, Location location, std::uint64_t value, std::memory_order order,
                        const Knowledge* continued) {
  Thread& me = threads_[thread];
  auto& history = stores_[location];
  const auto index = static_cast<std::uint16_t>(history.size());
  me.now.seen[location] = index;
  Store store{.value = value, .hash = 0, .view = releases(order) ? me.now : me.at_fence, .thread = thread};
  store.view.seen[location] = index;
  if (continued != nullptr) {
    store.view.join(*continued);  // a read-modify-write continues the release sequence that it read from
  }
  me.hash = mix(me.hash, kWriteMark, location, value, history.back().hash);
  store.hash = me.hash;
  locations_hash_ += mix(location, store.hash);
  history.push_back(store);
  if (releases(order)) {
    ++me.now.clock[thread];
  }
  if (order == std::memory_order_seq_cst) {
    seq_cst_.seen[location] = index;
    seq_cst_sum_ += mix(location, me.hash) - seq_cst_hash_[location];
    seq_cst_hash_[location] = mix(location, me.hash);
  }
}

void WeakMemory::write(ThreadIndex thread, Location location, std::uint64_t value, std::memory_order order) {
  append(thread, location, value, order, nullptr);
  threads_[thread].stored_since_rmw = true;
}

void WeakMemory::update(ThreadIndex thread, Location location, std::uint64_t value, std::memory_order order) {
  read(thread, location, latest(location), order);
  const Knowledge continued = stores_[location].back().view;
  append(thread, location, value, order, &continued);
  threads_[thread].stored_since_rmw = false;
}

void WeakMemory::fence(ThreadIndex thread) {
  Thread& me = threads_[thread];
  me.now.join(me.acquirable);
  me.now.join_seen(seq_cst_);
  seq_cst_.join_seen(me.now);
  me.at_fence = me.now;
  ++me.now.clock[thread];
  me.stored_since_rmw = false;
  me.hash = mix(me.hash, kFenceMark, fence_hash_, seq_cst_sum_);
  fence_hash_ = mix(fence_hash_, me.hash);
}

void WeakMemory::acquire_fence(ThreadIndex thread) {
  Thread& me = threads_[thread];
  me.now.join(me.acquirable);
  me.hash = mix(me.hash, kFenceMark);
}

void WeakMemory::publish_to(Knowledge& to, ThreadIndex from) {
  to.join(threads_[from].now);
  ++threads_[from].now.clock[from];
}

void WeakMemory::learn(ThreadIndex thread, const Knowledge& view, std::uint64_t hash) {
  threads_[thread].now.join(view);
  mix_thread(thread, mix(kLearnMark, hash));
}

void WeakMemory::mix_thread(ThreadIndex thread, std::uint64_t value) {
  threads_[thread].hash = mix(threads_[thread].hash, value);
}

std::uint64_t WeakMemory::hash() const {
  return mix(locations_hash_, fence_hash_, seq_cst_sum_);
}

}  // namespace datablock::model
