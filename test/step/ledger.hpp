// What became of each claimed number, as the tester knows it: the truth that every reader is measured
// against.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include "stamp.hpp"

namespace datablock::step {

class Ledger {
 public:
  void note_message(std::uint64_t seq, const Stamp& stamp) { committed_[seq] = stamp; }
  void note_mark(std::uint64_t seq) {
    committed_[seq] = std::nullopt;
    has_mark_ = true;
  }

  bool is_committed(std::uint64_t seq) const { return committed_.contains(seq); }
  bool has_mark() const { return has_mark_; }
  /// Empty for a tombstone, for a mark, and for what nobody has claimed.
  std::optional<Stamp> message(std::uint64_t seq) const {
    return is_committed(seq) ? committed_.at(seq) : std::nullopt;
  }
  /// How many messages of `author` there are.
  std::uint64_t messages_of(Author author) const {
    return static_cast<std::uint64_t>(
        std::count_if(committed_.begin(), committed_.end(),
                      [&](const auto& one) { return one.second && one.second->author == author; }));
  }
  /// Committed numbers, marks included.
  std::uint64_t committed() const { return committed_.size(); }

 private:
  std::map<std::uint64_t, std::optional<Stamp>> committed_;  // without a stamp: a mark
  bool has_mark_ = false;
};

}  // namespace datablock::step
