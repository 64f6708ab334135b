// What earlier runs have found, in a file: a run of hours can be ended, and go on where it was.
#pragma once

#include <string>
#include <vector>

#include "report.hpp"

namespace datablock::step {

/// One line for each run, and one for each operation that was examined to its end without a failure; of
/// those that failed nothing is kept, so that they are examined again.
class Journal {
 public:
  /// Reads it. Empty `path`: there is none, and nothing is kept.
  explicit Journal(std::string path);

  /// What is known of this operation on this kind of block; nullptr: nothing. Of several lines the densest.
  const Row* find(const std::string& part, const std::string& operation, const std::string& kind) const;
  const std::vector<Row>& rows() const { return rows_; }
  const std::vector<Run>& runs() const { return runs_; }

  void add(const Run& run);
  void add(const Row& row);

 private:
  void remember(const Row& row);
  void append(const std::string& line) const;

  std::string path_;
  std::vector<Row> rows_;
  std::vector<Run> runs_;
};

}  // namespace datablock::step
