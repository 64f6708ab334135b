#include "workers.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>

namespace datablock::step {
namespace {

/// The next unit that nobody has taken, in memory that all workers share.
using Counter = std::atomic<std::size_t>;

Counter& shared_counter() {
  void* page = mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    throw std::runtime_error("mmap failed.");
  }
  return *new (page) Counter{0};
}

class Worker {
 public:
  Worker(const std::vector<Unit>& units, Counter& next, const Options& options, const std::string& dir) {
    int ends[2];
    if (pipe(ends) != 0) {
      throw std::runtime_error("pipe failed.");
    }
    std::filesystem::create_directory(dir);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        signal(number, SIG_DFL);  // the directory is the parent's to remove
      }
      close(ends[0]);
      work(units, next, options, dir, fdopen(ends[1], "w"));
      _exit(0);
    }
    close(ends[1]);
    in_ = fdopen(ends[0], "r");
  }

  /// Reads what it has found, until it ends.
  void listen(Report& report, std::mutex& mutex) const {
    std::string last;
    char* line = nullptr;
    std::size_t room = 0;
    for (ssize_t length = 0; (length = getline(&line, &room, in_)) > 0;) {
      const std::string text(line, static_cast<std::size_t>(length) - 1);
      const std::lock_guard lock(mutex);
      if (text.starts_with("at\t")) {
        last = text;
      } else {
        report.decode(text);
      }
    }
    free(line);
    std::fclose(in_);
    int status = 0;
    waitpid(pid_, &status, 0);
    if (status != 0) {
      const std::lock_guard lock(mutex);
      report.add(fault_of_end(last, status));
    }
  }

 private:
  static void work(const std::vector<Unit>& units, Counter& next, const Options& options,
                   const std::string& dir, std::FILE* out) {
    const SweepContext context{options, dir, [out](const std::string& line) {
                                 std::fprintf(out, "%s\n", line.c_str());
                                 std::fflush(out);
                               }};
    for (std::size_t unit = 0; (unit = next.fetch_add(1)) < units.size();) {
      units[unit](context);
    }
  }

  /// It came to a bad end while it was doing what `last` says.
  static Fault fault_of_end(const std::string& last, int status) {
    std::vector<std::string> fields;
    for (std::size_t start = 0; start <= last.size();) {
      const std::size_t end = std::min(last.find('\t', start), last.size());
      fields.push_back(last.substr(start, end - start));
      start = end + 1;
    }
    fields.resize(5);
    const std::string why = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                                : "code " + std::to_string(WEXITSTATUS(status));
    return {.part = fields[1].empty() ? "kill" : fields[1],
            .operation = fields[2],
            .kind = fields[3],
            .at = fields[4].empty() ? 0 : std::stoull(fields[4]),
            .way = "",
            .what = "the worker ended by " + why + (WTERMSIG(status) == SIGALRM ? ": it hung" : ""),
            .where = "",
            .state = ""};
  }

  pid_t pid_ = -1;
  std::FILE* in_ = nullptr;
};

}  // namespace

Report run_units(const std::vector<Unit>& units, const Options& options, const std::string& dir) {
  Counter& next = shared_counter();
  std::vector<Worker> workers;
  for (unsigned number = 0; number < options.jobs; ++number) {
    workers.emplace_back(units, next, options, dir + "/" + std::to_string(number));
  }
  Report report;
  std::mutex mutex;
  std::vector<std::thread> listeners;  // all at a time: who is not listened to stands still
  listeners.reserve(workers.size());
  for (const Worker& worker : workers) {
    listeners.emplace_back([&] { worker.listen(report, mutex); });
  }
  for (std::thread& listener : listeners) {
    listener.join();
  }
  return report;
}

}  // namespace datablock::step
