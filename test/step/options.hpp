// The command line.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace datablock::step {

struct Options {
  std::vector<std::string> only;  ///< operations; empty: all
  std::optional<std::string> kind;
  std::optional<std::string> way;
  std::optional<std::uint64_t> at;  ///< one point only
  std::uint64_t stride = 1;
  bool quick = false;      ///< every point at which others see a change, and a few of the rest
  bool every_way = false;  ///< at each point all ways of cleaning up, not one in turn
  bool help = false;
  bool list = false;
  bool kills = true;
  bool stops = true;
  bool first_failure = false;        ///< ends the run
  std::uint64_t most_failures = 20;  ///< of one operation on one kind of block: then on to the next
  unsigned shard = 0;
  unsigned shards = 1;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  std::string journal;                   ///< file; empty: none
  std::optional<std::uint64_t> seconds;  ///< ends the run
  std::string json;                      ///< file, "-" for stdout
  std::string report;                    ///< file, Markdown
  std::string commit;                    ///< what the report says about where the sources come from
};

/// Throws std::invalid_argument with a sentence.
Options parse_options(int count, char** words);
extern const char* const kUsage;

}  // namespace datablock::step
