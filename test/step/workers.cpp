#include "workers.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <list>
#include <new>
#include <sstream>
#include <stdexcept>

#include "block.hpp"
#include "world.hpp"

namespace datablock::step {
namespace {

using Clock = std::chrono::steady_clock;

/// A worker tells of each case before it begins. Nothing that a case waits for takes a healthy core longer,
/// on a machine however busy.
constexpr std::chrono::seconds kLongestCase{120};
/// After so many workers that hung or crashed the rest of the run would only be more of the same.
constexpr unsigned kMostReplacements = 3;

/// The next unit that nobody has taken, in memory that all workers share.
using Counter = std::atomic<std::size_t>;

Counter& shared_counter() {
  void* page = mmap(nullptr, sizeof(Counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    throw std::runtime_error("mmap failed.");
  }
  return *new (page) Counter{0};
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// Where a process stands: its state, and the place of its next instruction if it sleeps in the kernel.
std::string describe_process(const std::string& pid) {
  const std::string stat = first_line("/proc/" + pid + "/stat");
  const std::size_t name_end = stat.rfind(')');
  std::string text =
      "process " + pid + " " + (name_end == std::string::npos ? "?" : stat.substr(name_end + 2, 1));
  const std::string call = first_line("/proc/" + pid + "/syscall");  // number, arguments, stack, instruction
  if (const std::size_t last = call.rfind(" 0x"); last != std::string::npos) {
    text += " in call " + call.substr(0, call.find(' ')) + " at " +
            place_of(std::stoull(call.substr(last + 1), nullptr, 16));
  }
  return text;
}

std::string describe_block(const std::string& dir) {
  try {
    return RawBlock(World::kName, dir).describe();
  } catch (const std::exception& error) {
    return std::string("no block: ") + error.what();
  }
}

class Worker {
 public:
  Worker(const std::vector<Unit>& units, Counter& next, const Options& options, std::string dir)
      : dir_(std::move(dir)) {
    int ends[2];
    if (pipe(ends) != 0) {
      throw std::runtime_error("pipe failed.");
    }
    std::filesystem::create_directory(dir_);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        signal(number, SIG_DFL);  // the directory is the parent's to remove
      }
      close(ends[0]);
      work(units, next, options, dir_, fdopen(ends[1], "w"));
      _exit(0);
    }
    close(ends[1]);
    in_ = ends[0];
    if (pid_ < 0) {
      throw std::runtime_error("fork failed.");
    }
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Its children die with it.
  ~Worker() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      reap();
    }
    close(in_);
  }

  int fd() const { return in_; }
  Clock::time_point must_speak_by() const { return heard_ + kLongestCase; }

  /// Takes what it has found. False: it has said its last word.
  bool listen(Report& report, Journal& journal) {
    char text[65536];
    const ssize_t size = read(in_, text, sizeof text);
    if (size <= 0) {
      return size < 0 && errno == EINTR;
    }
    heard_ = Clock::now();
    unread_.append(text, static_cast<std::size_t>(size));
    for (std::size_t end = 0; (end = unread_.find('\n')) != std::string::npos; unread_.erase(0, end + 1)) {
      const std::string line = unread_.substr(0, end);
      if (line.starts_with("at\t")) {
        last_ = line;
      } else {
        report.decode(line);
        if (const auto row = Report::decode_row(line)) {
          journal.add(*row);
        }
      }
    }
    return true;
  }

  /// After its last word. False: it came to a bad end.
  bool ends_well(Report& report) {
    const int status = reap();
    if (status != 0) {
      report.add(fault(
          "the worker ended by " + (WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                                        : "code " + std::to_string(WEXITSTATUS(status))),
          describe_block(dir_)));
    }
    return status == 0;
  }

  /// It has been silent for too long.
  Fault describe_hang() const { return fault("it hung", describe_processes() + describe_block(dir_)); }

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

  int reap() {
    int status = 0;
    while (pid_ > 0 && waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return status;
  }

  /// Its threads, and the children that it stepped or stopped.
  std::string describe_processes() const {
    std::string text;
    std::error_code ignored;
    const std::string tasks = "/proc/" + std::to_string(pid_) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks, ignored)) {
      const std::string id = task.path().filename();
      text += (id == std::to_string(pid_) ? "worker " : "thread ") + describe_process(id) + "; ";
      std::istringstream children(first_line(task.path().string() + "/children"));
      for (std::string child; children >> child;) {
        text += "child " + describe_process(child) + "; ";
      }
    }
    return text;
  }

  /// It was doing what its last "at" line says.
  Fault fault(const std::string& what, const std::string& state) const {
    std::vector<std::string> fields;
    std::istringstream line(last_);
    for (std::string field; std::getline(line, field, '\t');) {
      fields.push_back(field);
    }
    fields.resize(6);
    return {.part = fields[1].empty() ? "kill" : fields[1],
            .operation = fields[2],
            .kind = fields[3],
            .at = fields[4].empty() ? 0 : std::stoull(fields[4]),
            .way = fields[5],
            .what = what,
            .where = "",
            .state = state};
  }

  std::string dir_;
  pid_t pid_ = 0;
  int in_ = -1;
  std::string unread_;
  std::string last_;
  Clock::time_point heard_ = Clock::now();
};

/// The workers, of whom none is waited for without end.
class Crew {
 public:
  Crew(const std::vector<Unit>& units, const Options& options, const std::string& dir, Journal& journal)
      : units_(units),
        options_(options),
        dir_(dir),
        journal_(journal),
        end_(options.seconds ? Clock::now() + std::chrono::seconds(*options.seconds)
                             : Clock::time_point::max()) {}

  Report run() {
    prctl(PR_SET_CHILD_SUBREAPER, 1);  // the children of a worker that was killed come to us
    for (unsigned number = 0; number < options_.jobs; ++number) {
      hire();
    }
    while (!workers_.empty() && !(options_.first_failure && !report_.is_clean()) && Clock::now() < end_) {
      for (const auto& worker : wait_for_news()) {
        if (!worker->listen(report_, journal_)) {
          const bool is_well = worker->ends_well(report_);
          workers_.erase(worker);
          replace_unless(is_well);
        }
      }
      for (auto worker = workers_.begin(); worker != workers_.end();) {
        if (worker->must_speak_by() > Clock::now()) {
          ++worker;
          continue;
        }
        report_.add(worker->describe_hang());
        worker = workers_.erase(worker);
        replace_unless(false);
      }
    }
    workers_.clear();
    // One whose worker was killed before it asked to be traced has us for its tracer, and stands still.
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, 0)) > 0 || errno == EINTR;) {
      if (pid > 0 && WIFSTOPPED(status)) {
        ::kill(pid, SIGKILL);
      }
    }
    return std::move(report_);
  }

 private:
  using Workers = std::list<Worker>;

  void hire() { workers_.emplace_back(units_, next_, options_, dir_ + "/" + std::to_string(hired_++)); }

  void replace_unless(bool is_well) {
    if (!is_well && replaced_ < kMostReplacements) {
      ++replaced_;
      hire();
    }
  }

  std::vector<Workers::iterator> wait_for_news() {
    std::vector<pollfd> polled;
    Clock::time_point end = end_;
    for (const Worker& worker : workers_) {
      polled.push_back({worker.fd(), POLLIN, 0});
      end = std::min(end, worker.must_speak_by());
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count() + 1;
    poll(polled.data(), polled.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
    std::vector<Workers::iterator> news;
    auto worker = workers_.begin();
    for (const pollfd& one : polled) {
      if (one.revents != 0) {
        news.push_back(worker);
      }
      ++worker;
    }
    return news;
  }

  const std::vector<Unit>& units_;
  const Options& options_;
  const std::string& dir_;
  Journal& journal_;
  const Clock::time_point end_;
  Counter& next_ = shared_counter();
  Workers workers_;
  unsigned hired_ = 0;
  unsigned replaced_ = 0;
  Report report_;
};

}  // namespace

Report run_units(const std::vector<Unit>& units, const Options& options, const std::string& dir,
                 Journal& journal) {
  return Crew(units, options, dir, journal).run();
}

}  // namespace datablock::step
