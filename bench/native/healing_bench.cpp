// How long until a pipeline goes on after a death? From the moment that the death is provable (the kernel has
// dropped the dead one's lock byte) until the survivor that waited for it has what it waited for.
//
//     datablock-bench-healing [--kills 100] [--json]
//
// Real processes, SIGKILL, at a random moment of the survivor's wait; blocks as `create` makes them, which
// heal after 100 ms.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/consumer.hpp"
#include "core/producer.hpp"
#include "stand.hpp"

namespace {

using namespace datablock;
using namespace datablock::bench;

constexpr std::int64_t kLongMs = 60'000;
constexpr double kBarMs = 200;

void put(Producer& producer) {
  require(producer.acquire(kLongMs), "acquire");
  require(producer.commit(8), "commit");
}

void take(Consumer& consumer) {
  require(consumer.acquire(kLongMs), "read");
  require(consumer.release(), "release");
}

/// A process that takes its part in a block and is killed.
class Victim {
 public:
  explicit Victim(const std::function<void(const std::function<void()>& ready)>& part) {
    int ends[2];
    if (pipe(ends) != 0) {
      std::perror("pipe");
      std::exit(70);
    }
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      try {
        part([&] {
          if (write(ends[1], "r", 1) != 1) {
            _exit(1);
          }
          for (;;) {
            pause();
          }
        });
      } catch (const Error& error) {
        std::fprintf(stderr, "victim: %s\n", error.what());
      }
      _exit(1);
    }
    close(ends[1]);
    char ready = 0;
    if (read(ends[0], &ready, 1) != 1) {
      std::exit(70);
    }
    close(ends[0]);
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  ~Victim() { waitpid(pid_, nullptr, 0); }

  /// Returns when its death is provable.
  std::uint64_t kill(const SegmentFile& file, std::uint8_t id) const {
    ::kill(pid_, SIGKILL);
    while (probe_lock(file.fd.get(), kLockBase + id) != LockState::free) {
      std::this_thread::yield();
    }
    return NativeEnv::now_ns();
  }

 private:
  pid_t pid_ = -1;
};

/// One death: milliseconds until the survivor goes on.
class Death {
 public:
  Death(const BlockConfig& config, std::mt19937& random)
      : block_("healing", config), wait_ms_(random() % 300) {}

  /// `victim` is id `id`, and attached; `survive` waits for it and returns when it has gone on.
  double measure(const std::function<void(const std::function<void()>&)>& victim, std::uint8_t id,
                 const std::function<std::function<void()>()>& survivor) {
    const Victim process(victim);
    const std::function<void()> survive = survivor();
    std::atomic<std::uint64_t> gone_on{0};
    std::thread waiting([&] {
      survive();
      gone_on.store(NativeEnv::now_ns());
    });
    NativeEnv::nap(wait_ms_ * kNsPerMs);
    const SegmentFile file = open_segment(block_.name(), "", false);
    const std::uint64_t died = process.kill(file, id);
    waiting.join();
    return static_cast<double>(gone_on.load() - std::min(died, gone_on.load())) * 1e-6;
  }

  const std::string& block() const { return block_.name(); }

 private:
  Block block_;
  std::uint64_t wait_ms_;
};

BlockConfig config_of(std::uint64_t slots, ProducerMode mode) {
  BlockConfig config;
  config.slot_count = slots;
  config.slot_size = 64;
  config.producer_mode = mode;
  return config;
}

/// A writer dies with a message unfinished; a reader waits for it, and the next one is there.
double writer_before_a_reader(std::mt19937& random) {
  Death death(config_of(8, ProducerMode::multi), random);
  Consumer reader(death.block(), {});
  std::optional<Producer> other;
  return death.measure(
      [&](const auto& ready) {
        Producer victim(death.block(), {});
        require(victim.acquire(kLongMs), "victim");
        ready();
      },
      2,
      [&] {
        other.emplace(death.block(), ProducerOptions{});
        put(*other);
        return [&] { take(reader); };
      });
}

/// A writer dies with a slot in its hand; another one comes round the ring, and waits for it.
double writer_before_a_writer(std::mt19937& random) {
  Death death(config_of(8, ProducerMode::multi), random);
  std::optional<Producer> other;
  return death.measure(
      [&](const auto& ready) {
        Producer victim(death.block(), {});
        require(victim.acquire(kLongMs), "victim");
        ready();
      },
      1,
      [&] {
        other.emplace(death.block(), ProducerOptions{});
        for (int i = 0; i < 7; ++i) {
          put(*other);
        }
        return [&] { put(*other); };
      });
}

/// A sync reader dies while it holds the ring full; a producer waits for space.
double reader_before_a_writer(std::mt19937& random) {
  Death death(config_of(8, ProducerMode::single), random);
  std::optional<Producer> producer;
  return death.measure(
      [&](const auto& ready) {
        const Consumer victim(death.block(), {});
        ready();
      },
      1,
      [&] {
        producer.emplace(death.block(), ProducerOptions{});
        for (int i = 0; i < 8; ++i) {
          put(*producer);
        }
        return [&] { put(*producer); };
      });
}

/// A lossy reader dies while it looks at the only slot; the producer waits for it.
double pin_before_a_writer(std::mt19937& random) {
  Death death(config_of(1, ProducerMode::single), random);
  {
    Producer first(death.block(), {});
    put(first);
  }
  std::optional<Producer> producer;
  return death.measure(
      [&](const auto& ready) {
        ConsumerOptions options;
        options.mode = ConsumerMode::sequential;
        options.from = StartFrom::oldest;
        Consumer victim(death.block(), options);
        require(victim.acquire(kLongMs), "victim");
        ready();
      },
      1,
      [&] {
        producer.emplace(death.block(), ProducerOptions{});
        return [&] { put(*producer); };
      });
}

/// The block's one producer dies with a slot in its hand; a standby takes over, and publishes.
double producer_before_a_standby(std::mt19937& random) {
  Death death(config_of(8, ProducerMode::single), random);
  return death.measure(
      [&](const auto& ready) {
        Producer victim(death.block(), {});
        require(victim.acquire(kLongMs), "victim");
        ready();
      },
      1,
      [&] {
        return [&] {
          ProducerOptions options;
          options.standby_ms = kLongMs;
          Producer standby(death.block(), options);
          put(standby);
        };
      });
}

struct Kind {
  const char* name;
  double (*play)(std::mt19937& random);
};

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int argc, char** argv) {
  int kills = 100;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) {
      json = true;
    } else if (std::strcmp(argv[i], "--kills") == 0 && i + 1 < argc) {
      kills = std::max(1, std::atoi(argv[++i]));
    } else {
      std::fprintf(stderr, "usage: datablock-bench-healing [--kills N] [--json]\n");
      return 64;
    }
  }
  constexpr Kind kKinds[] = {
      {"writer killed, reader waits for its message", writer_before_a_reader},
      {"writer killed, another waits for its slot", writer_before_a_writer},
      {"sync reader killed, producer waits for space", reader_before_a_writer},
      {"lossy reader killed on the only slot", pin_before_a_writer},
      {"the one producer killed, standby takes over", producer_before_a_standby},
  };
  std::mt19937 random(20261120);
  if (!json) {
    std::printf("%-46s %6s %8s %8s %8s %8s %8s\n", "ms after the death is provable", "kills", "p50", "p90",
                "p99", "most", "> 200");
  }
  for (const Kind& kind : kKinds) {
    std::vector<double> ms;
    ms.reserve(static_cast<std::size_t>(kills));
    for (int i = 0; i < kills; ++i) {
      ms.push_back(kind.play(random));
    }
    std::sort(ms.begin(), ms.end());
    const auto late = ms.end() - std::upper_bound(ms.begin(), ms.end(), kBarMs);
    std::printf(
        json ? "{\"death\":\"%s\",\"kills\":%d,\"p50Ms\":%.1f,\"p90Ms\":%.1f,\"p99Ms\":%.1f,\"mostMs\":%.1f,"
               "\"late\":%td}\n"
             : "%-46s %6d %8.1f %8.1f %8.1f %8.1f %8td\n",
        kind.name, kills, quantile(ms, 0.5), quantile(ms, 0.9), quantile(ms, 0.99), ms.back(), late);
  }
  return 0;
}
