// What a run has found: rows and failures, added up over its workers, as text, Markdown and JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace datablock::step {

/// One operation on one kind of block.
struct Row {
  std::string part;  ///< "kill" or "stop"
  std::string operation;
  std::string what;
  std::string kind;
  std::uint64_t instructions = 0;
  std::uint64_t changes = 0;  ///< instructions that others can see the effect of
  std::uint64_t points = 0;   ///< kills or stops
  std::uint64_t missed = 0;   ///< points that no child came to: clocks and /proc sent each another way
  std::uint64_t failures = 0;
  std::uint64_t wake_ms = 0;  ///< longest that somebody slept on after the death of who should have woken it
  std::uint64_t ms = 0;       ///< worker's time
  std::uint64_t stride = 1;   ///< every so manieth point, and each at which others see a change
  std::string commit;         ///< of the sources; a journal may hold rows of several
};

struct Fault {
  std::string part;
  std::string operation;
  std::string kind;
  std::uint64_t at = 0;
  std::string way;
  std::string what;
  std::string where;  ///< the instruction
  std::string state;  ///< the block's words at that moment
};

/// What is said about a run beside what it found.
struct Run {
  std::string start;   ///< date and time, UTC
  std::string commit;  ///< of the sources, "-dirty" if they were changed; empty: unknown
  std::string command;
};

class Report {
 public:
  void add(const Row& row);
  /// Of an operation that is there too, and has not failed, `known` says it all.
  void include(const std::vector<Row>& known);
  void add(Fault fault) { faults_.push_back(std::move(fault)); }
  /// One line of a worker.
  static std::string encode(const Row& row);
  static std::string encode(const Fault& fault);
  static std::string encode(const Run& run);
  /// Nothing: it is another line.
  static std::optional<Row> decode_row(const std::string& line);
  static std::optional<Run> decode_run(const std::string& line);
  /// Adds a row or a fault.
  void decode(const std::string& line);

  /// Brings the rows of a part into this order.
  void sort(const std::string& part, const std::vector<std::string>& operations);

  bool is_clean() const { return faults_.empty(); }
  std::string text() const;
  std::string json(double seconds) const;
  std::string markdown(const std::vector<Run>& runs) const;

 private:
  /// The sum of all rows of a part; of one kind of block only, if `kind` is not empty.
  Row total(const std::string& part, const std::string& kind = {}) const;
  std::string operations_table(const std::string& part) const;
  std::string kinds_table() const;
  std::string summary() const;
  std::string coverage() const;
  std::string machine_table(const std::vector<Run>& runs) const;

  std::vector<Row> rows_;
  std::vector<Fault> faults_;
};

}  // namespace datablock::step
