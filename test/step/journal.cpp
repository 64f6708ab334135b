#include "journal.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace datablock::step {

Journal::Journal(std::string path) : path_(std::move(path)) {
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    if (const auto row = Report::decode_row(line)) {
      remember(*row);
    } else if (const auto run = Report::decode_run(line)) {
      runs_.push_back(*run);
    }
  }
}

const Row* Journal::find(const std::string& part, const std::string& operation,
                         const std::string& kind) const {
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& one) {
    return one.part == part && one.operation == operation && one.kind == kind;
  });
  return row == rows_.end() ? nullptr : &*row;
}

void Journal::add(const Run& run) {
  runs_.push_back(run);
  append(Report::encode(run));
}

void Journal::add(const Row& row) {
  if (row.failures == 0) {
    remember(row);
    append(Report::encode(row));
  }
}

void Journal::remember(const Row& row) {
  const Row* known = find(row.part, row.operation, row.kind);
  if (known == nullptr) {
    rows_.push_back(row);
  } else if (row.stride <= known->stride) {
    rows_[static_cast<std::size_t>(known - rows_.data())] = row;
  }
}

void Journal::append(const std::string& line) const {
  if (path_.empty()) {
    return;
  }
  std::ofstream file(path_, std::ios::app);
  file << line << std::endl;
  if (!file) {
    throw std::runtime_error("The journal cannot be written: " + path_);
  }
}

}  // namespace datablock::step
