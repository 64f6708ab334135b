// Do recoveries disturb the living? A producer and a consumer at full speed on two pinned cores; windows of
// time without and with recoveries take turns. The consumer checks every message; at the end nobody may have
// seen an error, and the block must be valid.
//
//     datablock-bench-recovery [--recoveries 1000] [--pairs 40] [--window-ms 500] [--json]
//
// A recovery is what `auto-recover` does: open the block, plan, apply. In each window with recoveries
// somebody is dead, so that there is something to do as well.
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "core/consumer.hpp"
#include "core/diagnosis.hpp"
#include "core/membership.hpp"
#include "core/producer.hpp"
#include "core/recovery.hpp"
#include "core/validation.hpp"
#include "stand.hpp"

namespace {

using namespace datablock;
using namespace datablock::bench;

struct Options {
  int recoveries = 1000;
  int pairs = 40;
  int window_ms = 500;
  bool json = false;
};

/// Words that the processes of a run share.
struct Signs {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> received{0};
};

Signs& shared_signs() {
  void* page = mmap(nullptr, sizeof(Signs), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    std::perror("mmap");
    std::exit(70);
  }
  return *new (page) Signs;
}

pid_t in_child(int cpu, const std::function<void()>& body) {
  const pid_t child = fork();
  if (child != 0) {
    return child;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin_to(cpu);
  try {
    body();
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    _exit(1);
  }
  _exit(0);
}

void produce(const std::string& block, Signs& signs) {
  ProducerOptions options;
  options.wait = WaitStrategy::spin;
  Producer producer(block, options);
  while (count_sync_consumers(producer.view()) == 0) {
    NativeEnv::nap(kNsPerMs);
  }
  for (std::uint64_t number = 0; !signs.stop.load(std::memory_order_relaxed); ++number) {
    require(producer.acquire(-1), "producer");
    std::memcpy(producer.payload().data(), &number, sizeof number);
    require(producer.commit(sizeof number), "commit");
  }
  require(producer.mark_end(-1), "end of stream");
}

void consume(const std::string& block, Signs& signs) {
  ConsumerOptions options;
  options.wait = WaitStrategy::spin;
  Consumer consumer(block, options);
  for (std::uint64_t expected = 0;; ++expected) {
    const Status status = consumer.acquire(-1);
    if (status == Status::END_OF_STREAM) {
      signs.received.store(expected);
      return;
    }
    require(status, "consumer");
    std::uint64_t number = 0;
    std::memcpy(&number, consumer.payload().data(), sizeof number);
    if (number != expected) {
      throw Error(Status::VERIFY_FAILED, std::to_string(number) + " in place of " + std::to_string(expected));
    }
    require(consumer.release(), "release");
  }
}

/// A lossy consumer that is killed while it is attached.
void leave_somebody_dead(const std::string& block) {
  const pid_t child = in_child(0, [&] {
    ConsumerOptions options;
    options.mode = ConsumerMode::latest;
    const Consumer consumer(block, options);
    raise(SIGKILL);
  });
  waitpid(child, nullptr, 0);
}

struct Tally {
  std::vector<double> calm;       ///< messages a second, window by window
  std::vector<double> disturbed;  ///< the same beside recoveries
  std::vector<double> ratios;     ///< of neighbouring windows
  std::vector<double> took_us;    ///< each recovery
  std::uint64_t applied = 0;
  std::uint64_t refused = 0;
  double cpu_share = 0;  ///< of one processor that the recoverer took in its windows
  std::uint64_t messages = 0;
  double ping_before = 0;
  double ping_after = 0;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Run {
 public:
  Run(const Options& options, ProducerMode mode) : options_(options), block_("recovery", config_of(mode)) {}

  Tally measure() {
    tally_.ping_before = ping_pong_ns();
    unpin();
    Signs& signs = shared_signs();
    const pid_t consumer = in_child(1, [&] { consume(block_.name(), signs); });
    const pid_t producer = in_child(0, [&] { produce(block_.name(), signs); });
    NativeEnv::nap(options_.window_ms * kNsPerMs);
    for (int pair = 0; pair < options_.pairs; ++pair) {
      // A drift of the machine favours neither: the order changes from pair to pair.
      const bool calm_first = pair % 2 == 0;
      const double first = calm_first ? calm() : disturbed(pair);
      const double second = calm_first ? disturbed(pair) : calm();
      tally_.ratios.push_back(calm_first ? second / first : first / second);
    }
    signs.stop.store(true);
    wait_for(producer, "The producer");
    wait_for(consumer, "The consumer");
    tally_.messages = signs.received.load();
    tally_.cpu_share /= static_cast<double>(options_.pairs * options_.window_ms) * 1e-3;
    check();
    tally_.ping_after = ping_pong_ns();
    return tally_;
  }

 private:
  static BlockConfig config_of(ProducerMode mode) {
    BlockConfig config;
    config.slot_count = 1024;
    config.slot_size = 64;
    config.producer_mode = mode;
    return config;
  }

  static void unpin() {
    cpu_set_t all;
    CPU_ZERO(&all);
    for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); ++cpu) {
      CPU_SET(static_cast<std::size_t>(cpu), &all);
    }
    sched_setaffinity(0, sizeof all, &all);
  }

  /// Messages a second while `act` runs, and until the window is over.
  double window(const std::function<void(std::uint64_t start)>& act) {
    const Observer observer(block_.name(), "");
    const auto& claim = observer.view().control->claim;
    const std::uint64_t start = NativeEnv::now_ns();
    const std::uint64_t before = claim.load();
    act(start);
    const std::uint64_t end = start + static_cast<std::uint64_t>(options_.window_ms) * kNsPerMs;
    if (const std::uint64_t now = NativeEnv::now_ns(); now < end) {
      NativeEnv::nap(end - now);
    }
    return static_cast<double>(claim.load() - before) / seconds_since(start);
  }

  double calm() {
    leave_somebody_dead(block_.name());
    recover();  // not counted: both windows begin the same way
    tally_.calm.push_back(window([](std::uint64_t) {}));
    return tally_.calm.back();
  }

  double disturbed(int pair) {
    const int count =
        (pair + 1) * options_.recoveries / options_.pairs - pair * options_.recoveries / options_.pairs;
    leave_somebody_dead(block_.name());
    const double cpu_before = cpu_seconds();
    tally_.disturbed.push_back(window([&](std::uint64_t start) {
      const std::uint64_t step =
          static_cast<std::uint64_t>(options_.window_ms) * kNsPerMs / static_cast<std::uint64_t>(count);
      for (int i = 0; i < count; ++i) {
        const std::uint64_t due = start + static_cast<std::uint64_t>(i) * step;
        if (const std::uint64_t now = NativeEnv::now_ns(); now < due) {
          NativeEnv::nap(due - now);
        }
        const std::uint64_t begin = NativeEnv::now_ns();
        for (const TakenAction& action : recover()) {
          ++(action.status == Status::OK ? tally_.applied : tally_.refused);
        }
        tally_.took_us.push_back(seconds_since(begin) * 1e6);
      }
    }));
    tally_.cpu_share += cpu_seconds() - cpu_before;
    return tally_.disturbed.back();
  }

  std::vector<TakenAction> recover() { return Recovery(block_.name(), "").recover(); }

  static void wait_for(pid_t child, const char* who) {
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) {
      std::fprintf(stderr, "%s saw an error.\n", who);
      std::exit(6);
    }
  }

  /// Nothing was lost, nobody was fenced off or evicted, every word is as it should be.
  void check() {
    const Observer observer(block_.name(), "");
    const std::uint64_t claim = observer.view().control->claim.load();
    const bool whole = validate(observer.file(), observer.view(), false).violations.empty();
    if (!whole || claim != tally_.messages + 1 || observer.view().metrics->tombstones.load() != 0) {
      std::fprintf(stderr, "The block is not as it should be.\n");
      std::exit(6);
    }
  }

  Options options_;
  Block block_;
  Tally tally_;
};

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

const char* distance(double ping_pong) {
  return is_near(ping_pong) ? "near" : "far";
}

void print(const char* mode, const Tally& tally, bool json) {
  const double change = (median(tally.ratios) - 1) * 100;
  if (json) {
    std::printf(
        "{\"mode\":\"%s\",\"pingPongNs\":[%.1f,%.1f],\"calmPerSecond\":%.6g,\"disturbedPerSecond\":%.6g,"
        "\"changePercent\":%.2f,\"recoveries\":%zu,\"applied\":%llu,\"refused\":%llu,\"messages\":%llu,"
        "\"recoveryUs\":{\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f},\"cpuShare\":%.4f}\n",
        mode, tally.ping_before, tally.ping_after, median(tally.calm), median(tally.disturbed), change,
        tally.took_us.size(), static_cast<unsigned long long>(tally.applied),
        static_cast<unsigned long long>(tally.refused), static_cast<unsigned long long>(tally.messages),
        median(tally.took_us), quantile(tally.took_us, 0.99), quantile(tally.took_us, 1), tally.cpu_share);
    return;
  }
  std::printf("%s, cores %s before and %s after\n", mode, distance(tally.ping_before),
              distance(tally.ping_after));
  std::printf("  without recoveries  %.2f M msg/s [%.2f..%.2f]\n", median(tally.calm) / 1e6,
              quantile(tally.calm, 0) / 1e6, quantile(tally.calm, 1) / 1e6);
  std::printf("  beside them         %.2f M msg/s [%.2f..%.2f]\n", median(tally.disturbed) / 1e6,
              quantile(tally.disturbed, 0) / 1e6, quantile(tally.disturbed, 1) / 1e6);
  std::printf("  change              %+.1f %%, median of %zu pairs of windows [%+.1f..%+.1f, middle half]\n",
              change, tally.ratios.size(), (quantile(tally.ratios, 0.25) - 1) * 100,
              (quantile(tally.ratios, 0.75) - 1) * 100);
  std::printf(
      "  %zu recoveries, %llu steps applied, %llu refused; each %.0f us (p99 %.0f, most %.0f), %.1f %% of a "
      "core\n",
      tally.took_us.size(), static_cast<unsigned long long>(tally.applied),
      static_cast<unsigned long long>(tally.refused), median(tally.took_us), quantile(tally.took_us, 0.99),
      quantile(tally.took_us, 1), tally.cpu_share * 100);
  std::printf("  %llu messages, each checked: none lost, none out of order, no error in any process\n",
              static_cast<unsigned long long>(tally.messages));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--json") {
      options.json = true;
    } else if (word == "--recoveries" && has_value) {
      options.recoveries = std::max(1, std::atoi(argv[++i]));
    } else if (word == "--pairs" && has_value) {
      options.pairs = std::max(1, std::atoi(argv[++i]));
    } else if (word == "--window-ms" && has_value) {
      options.window_ms = std::max(10, std::atoi(argv[++i]));
    } else {
      std::fprintf(
          stderr, "usage: datablock-bench-recovery [--recoveries N] [--pairs N] [--window-ms MS] [--json]\n");
      return 64;
    }
  }
  options.recoveries = std::max(options.recoveries, options.pairs);
  print("single", Run(options, ProducerMode::single).measure(), options.json);
  print("multi", Run(options, ProducerMode::multi).measure(), options.json);
  return 0;
}
