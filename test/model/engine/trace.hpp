// What happened in a run, one line a step.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace datablock::model {

class Trace {
 public:
  void add(const char* thread, std::string text) { lines_.push_back({thread, std::move(text)}); }
  void clear() { lines_.clear(); }
  void print() const;

 private:
  struct Line {
    const char* thread;
    std::string text;
  };
  std::vector<Line> lines_;
};

/// A value as people read it.
std::string show_slot_word(std::uint64_t value);
std::string show_spinlock_word(std::uint64_t value);
std::string show_entry_word(std::uint64_t value);
std::string show_bits(std::uint64_t value);
std::string show_number(std::uint64_t value);
const char* show_order(int order);

}  // namespace datablock::model
