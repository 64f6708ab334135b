// kill_steps: see README.md.
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string_view>

#include "workers.hpp"

namespace datablock::step {
namespace {

std::string g_directory;

void remove_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(g_directory, ignored);
}

/// Workers die with us; what they leave goes with the directory.
void on_signal(int number) {
  signal(number, SIG_DFL);
  remove_directory();
  raise(number);
}

void make_directory() {
  char path[] = "/dev/shm/datablock-step-XXXXXX";
  if (mkdtemp(path) == nullptr) {
    throw std::runtime_error("mkdtemp in /dev/shm failed.");
  }
  g_directory = path;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    signal(number, on_signal);
  }
}

bool is_wanted(const Options& options, const std::string& name) {
  return options.only.empty() ||
         std::find(options.only.begin(), options.only.end(), name) != options.only.end();
}

bool is_wanted(const Options& options, const Kind& kind) {
  if (options.kind) {
    return *options.kind == kind.name;
  }
  // Fences are a matter of the single producer: the kinds with several do the same.
  return !options.quick || !kind.is_multi() || kind.fences == Fences::asymmetric;
}

/// What is still to be done, the shortest first; what the journal does not know comes before that.
class Schedule {
 public:
  Schedule(const Options& options, const Journal& journal) : options_(options), journal_(journal) {
    for (const Kind& kind : kinds()) {
      for (const Operation& operation : operations()) {
        add("kill", options.kills, operation.name, kind,
            [operation, &kind](const SweepContext& context) { sweep_kills(context, operation, kind); });
      }
      for (const StopOperation& operation : stop_operations()) {
        add("stop", options.stops, operation.name, kind,
            [operation, &kind](const SweepContext& context) { sweep_stops(context, operation, kind); });
      }
    }
    if (!is_any_wanted_) {
      throw std::invalid_argument("There is no such operation, or no such kind of block.");
    }
  }

  std::vector<Unit> units() {
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& left, const Entry& right) {
      return left.instructions < right.instructions;
    });
    std::vector<Unit> all;
    all.reserve(entries_.size());
    for (Entry& entry : entries_) {
      all.push_back(std::move(entry.unit));
    }
    return all;
  }

 private:
  struct Entry {
    std::uint64_t instructions;
    Unit unit;
  };

  void add(const char* part, bool is_part_wanted, const std::string& name, const Kind& kind, Unit unit) {
    if (!is_part_wanted || !is_wanted(options_, kind) || !is_wanted(options_, name)) {
      return;
    }
    is_any_wanted_ = true;
    const Row* known = journal_.find(part, name, kind.name);
    if (known == nullptr || known->stride > options_.stride) {
      entries_.push_back({known == nullptr ? 0 : known->instructions, std::move(unit)});
    }
  }

  const Options& options_;
  const Journal& journal_;
  bool is_any_wanted_ = false;
  std::vector<Entry> entries_;
};

template <class Operations>
std::vector<std::string> names_of(const Operations& all) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const auto& operation : all) {
    names.push_back(operation.name);
  }
  return names;
}

void list() {
  for (const Operation& operation : operations()) {
    std::printf("kill  %-27s %s\n", operation.name.c_str(), operation.what.c_str());
  }
  for (const StopOperation& operation : stop_operations()) {
    std::printf("stop  %-27s %s\n", operation.name.c_str(), operation.what.c_str());
  }
}

void save(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::cout << text;
  } else if (!path.empty()) {
    std::ofstream(path) << text;
  }
}

/// The command as it can be given again.
std::string words_of(int count, char** words) {
  std::string command = "scripts/kill-steps";
  for (int i = 1; i < count; ++i) {
    if (std::string_view(words[i]) == "--commit") {
      ++i;  // the script's own
    } else {
      command += std::string(" ") + words[i];
    }
  }
  return command;
}

std::string now() {
  char text[32];
  const std::time_t seconds = std::time(nullptr);
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", std::gmtime(&seconds));
  return text;
}

int run(const Options& options, const std::string& command) {
  Journal journal(options.journal);
  const std::vector<Unit> units = Schedule(options, journal).units();
  if (!can_trace()) {
    std::fprintf(stderr,
                 "kill_steps: ptrace is not allowed here (a container, or kernel.yama.ptrace_scope).\n");
    return 77;
  }
  const auto start = std::chrono::steady_clock::now();
  journal.add(Run{now(), options.commit, command});
  make_directory();
  Report report = run_units(units, options, g_directory, journal);
  remove_directory();
  report.include(journal.rows());
  report.sort("kill", names_of(operations()));
  report.sort("stop", names_of(stop_operations()));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.json != "-") {
    std::cout << report.text();
  }
  save(options.json, report.json(seconds));
  save(options.report, report.markdown(journal.runs()));
  return report.is_clean() ? 0 : 1;
}

}  // namespace
}  // namespace datablock::step

int main(int count, char** words) {
  using namespace datablock::step;
  try {
    const Options options = parse_options(count, words);
    if (options.help) {
      std::cout << kUsage;
      return 0;
    }
    if (options.list) {
      list();
      return 0;
    }
    return run(options, words_of(count, words));
  } catch (const std::logic_error& error) {
    std::fprintf(stderr, "%s\n\n%s", error.what(), kUsage);
    return 64;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kill_steps: %s\n", error.what());
    return 70;
  }
}
