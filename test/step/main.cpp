// kill_steps: see README.md.
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>

#include "sweep.hpp"

namespace datablock::step {
namespace {

std::string g_directory;

void remove_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(g_directory, ignored);
}

/// Workers die with their parent's process group; what they leave goes with the directory.
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

/// One sweep.
struct Unit {
  std::string name;
  std::function<void(const SweepContext&)> run;
};

std::vector<Unit> units(const Options& options) {
  std::vector<Unit> all;
  for (const Kind& kind : kinds()) {
    // Fences are a matter of the single producer: the kinds with several do the same.
    const bool is_wanted_kind = options.kind
                                    ? *options.kind == kind.name
                                    : !options.quick || !kind.is_multi() || kind.fences == Fences::asymmetric;
    if (!is_wanted_kind) {
      continue;
    }
    for (const Operation& operation : operations()) {
      if (options.kills && is_wanted(options, operation.name)) {
        all.push_back({operation.name, [operation, &kind](const SweepContext& context) {
                         sweep_kills(context, operation, kind);
                       }});
      }
    }
    for (const std::string& name : stop_operations()) {
      if (options.stops && is_wanted(options, name)) {
        all.push_back(
            {name, [name, &kind](const SweepContext& context) { sweep_stops(context, name, kind); }});
      }
    }
  }
  return all;
}

/// A process of its own: sweeps fork, kill and stop, and must not do that beside one another.
class Worker {
 public:
  /// Does the units that nobody else has taken; `taken` is shared by all workers.
  Worker(const Options& options, const std::vector<Unit>& all, std::atomic<std::size_t>& taken,
         unsigned number) {
    int ends[2];
    if (pipe(ends) != 0) {
      throw std::runtime_error("pipe failed.");
    }
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[0]);
      for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
        signal(signal_number, SIG_DFL);
      }
      const std::string dir = g_directory + "/" + std::to_string(number);
      std::filesystem::create_directory(dir);
      std::FILE* out = fdopen(ends[1], "w");
      const SweepContext context{options, dir, [out](const std::string& line) {
                                   std::fprintf(out, "%s\n", line.c_str());
                                   std::fflush(out);
                                 }};
      for (std::size_t next = 0; (next = taken.fetch_add(1)) < all.size();) {
        all[next].run(context);
      }
      _exit(0);
    }
    close(ends[1]);
    in_ = fdopen(ends[0], "r");
  }

  /// Reads what it has found, until it ends.
  void collect(Report& report, std::mutex& mutex) {
    std::string last;
    char* line = nullptr;
    std::size_t room = 0;
    for (ssize_t length; (length = getline(&line, &room, in_)) > 0;) {
      const std::string text(line, static_cast<std::size_t>(length) - 1);
      if (text.starts_with("at\t")) {
        last = text;
      } else {
        const std::lock_guard lock(mutex);
        report.decode(text);
      }
    }
    free(line);
    std::fclose(in_);
    int status = 0;
    waitpid(pid_, &status, 0);
    if (status != 0) {
      const std::lock_guard lock(mutex);
      note_end(report, last, status);
    }
  }

 private:
  static void note_end(Report& report, const std::string& last, int status) {
    std::vector<std::string> fields;
    for (std::size_t start = 0; start <= last.size();) {
      const std::size_t end = std::min(last.find('\t', start), last.size());
      fields.push_back(last.substr(start, end - start));
      start = end + 1;
    }
    fields.resize(5);
    const std::string why = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                                : "code " + std::to_string(WEXITSTATUS(status));
    report.add(Fault{fields[1].empty() ? "kill" : fields[1], fields[2], fields[3],
                     fields[4].empty() ? 0 : std::stoull(fields[4]), "",
                     "the worker ended by " + why + " (14: it hung)", "", ""});
  }

  pid_t pid_ = -1;
  std::FILE* in_ = nullptr;
};

void list() {
  for (const Operation& operation : operations()) {
    std::printf("%-25s %s\n", operation.name.c_str(), operation.what.c_str());
  }
  for (const std::string& name : stop_operations()) {
    std::printf("%-25s (stop) a producer is stopped in it, fenced off and continued\n", name.c_str());
  }
}

void save(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::cout << text;
  } else if (!path.empty()) {
    std::ofstream(path) << text;
  }
}

int run(const Options& options, const std::string& command) {
  if (!can_trace()) {
    std::fprintf(stderr,
                 "kill_steps: ptrace is not allowed here (a container, or kernel.yama.ptrace_scope).\n");
    return 77;
  }
  const auto start = std::chrono::steady_clock::now();
  make_directory();
  const std::vector<Unit> all = units(options);
  if (all.empty()) {
    throw std::invalid_argument("There is no such operation, or no such kind of block.");
  }
  void* shared = mmap(nullptr, sizeof(std::atomic<std::size_t>), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    throw std::runtime_error("mmap failed.");
  }
  auto& taken = *new (shared) std::atomic<std::size_t>{0};
  std::vector<Worker> workers;
  for (unsigned number = 0; number < options.jobs; ++number) {
    workers.emplace_back(options, all, taken, number);
  }
  Report report;
  std::mutex mutex;
  std::vector<std::thread>
      listeners;  // all at a time: a pipe that nobody reads fills up, and its worker stands still
  for (Worker& worker : workers) {
    listeners.emplace_back([&] { worker.collect(report, mutex); });
  }
  for (std::thread& listener : listeners) {
    listener.join();
  }
  remove_directory();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.json != "-") {
    std::cout << report.text();
  }
  save(options.json, report.json(seconds));
  save(options.report, report.markdown(seconds, command));
  return report.is_clean() ? 0 : 1;
}

}  // namespace
}  // namespace datablock::step

int main(int count, char** words) {
  using namespace datablock::step;
  try {
    const Options options = parse_options(count, words);
    if (options.list) {
      list();
      return 0;
    }
    std::string command = "kill_steps";
    for (int i = 1; i < count; ++i) {
      command += std::string(" ") + words[i];
    }
    return run(options, command);
  } catch (const std::logic_error& error) {
    std::fprintf(stderr, "%s\n\n%s", error.what(), kUsage);
    return 64;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kill_steps: %s\n", error.what());
    return 70;
  }
}
