// kill_steps: see README.md.
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
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

std::vector<Unit> wanted_units(const Options& options) {
  std::vector<Unit> units;
  for (const Kind& kind : kinds()) {
    for (const Operation& operation : operations()) {
      if (options.kills && is_wanted(options, kind) && is_wanted(options, operation.name)) {
        units.emplace_back(
            [operation, &kind](const SweepContext& context) { sweep_kills(context, operation, kind); });
      }
    }
    for (const StopOperation& operation : stop_operations()) {
      if (options.stops && is_wanted(options, kind) && is_wanted(options, operation.name)) {
        units.emplace_back(
            [operation, &kind](const SweepContext& context) { sweep_stops(context, operation, kind); });
      }
    }
  }
  if (units.empty()) {
    throw std::invalid_argument("There is no such operation, or no such kind of block.");
  }
  return units;
}

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

int run(const Options& options, const std::string& command) {
  const std::vector<Unit> units = wanted_units(options);
  if (!can_trace()) {
    std::fprintf(stderr,
                 "kill_steps: ptrace is not allowed here (a container, or kernel.yama.ptrace_scope).\n");
    return 77;
  }
  const auto start = std::chrono::steady_clock::now();
  make_directory();
  Report report = run_units(units, options, g_directory);
  remove_directory();
  report.sort("kill", names_of(operations()));
  report.sort("stop", names_of(stop_operations()));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.json != "-") {
    std::cout << report.text();
  }
  save(options.json, report.json(seconds));
  save(options.report, report.markdown({seconds, command, options.commit}));
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
