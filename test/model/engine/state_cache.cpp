#include "engine/state_cache.hpp"

namespace datablock::model {
namespace {

bool covers(const Remaining& a, const Remaining& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] < b[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

void StateCache::clear() {
  entries_.assign(1 << 14, Entry{});
  size_ = 0;
}

bool StateCache::contains_or_add(std::uint64_t state, Remaining remaining) {
  state |= 1;
  for (std::size_t at = (state >> 8) & (entries_.size() - 1); entries_[at].state != 0;
       at = (at + 1) & (entries_.size() - 1)) {
    Entry& entry = entries_[at];
    if (entry.state != state) {
      continue;
    }
    if (covers(entry.remaining, remaining)) {
      return true;
    }
    if (covers(remaining, entry.remaining)) {
      entry.remaining = remaining;
      return false;
    }
  }
  if (size_ < largest_) {
    insert(state, remaining);
    if (++size_ * 2 > entries_.size()) {
      grow();
    }
  }
  return false;
}

void StateCache::insert(std::uint64_t state, Remaining remaining) {
  std::size_t at = (state >> 8) & (entries_.size() - 1);
  while (entries_[at].state != 0) {
    at = (at + 1) & (entries_.size() - 1);
  }
  entries_[at] = {state, remaining};
}

void StateCache::grow() {
  std::vector<Entry> old(entries_.size() * 2);
  old.swap(entries_);
  for (const Entry& entry : old) {
    if (entry.state != 0) {
      insert(entry.state, entry.remaining);
    }
  }
}

}  // namespace datablock::model
