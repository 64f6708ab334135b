// First figures of the core: two processes on two pinned cores, payload really written and really read.
//
// Every figure stands beside the machine's own cache-line ping-pong, taken before and after it: the two
// virtual CPUs are at times siblings of one core ("near") and at times separate cores ("far"), and a run in
// which they moved says nothing.
//
//     datablock-bench-core [--rounds 5] [--json]
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/consumer.hpp"
#include "core/membership.hpp"
#include "core/producer.hpp"
#include "stand.hpp"

namespace {

using namespace datablock;
using namespace datablock::bench;

BlockConfig config_of(std::uint64_t slots, std::uint64_t size, ProducerMode mode,
                      ChecksumAlgorithm checksum = ChecksumAlgorithm::none) {
  BlockConfig config;
  config.slot_count = slots;
  config.slot_size = size;
  config.producer_mode = mode;
  config.checksum_algorithm = checksum;
  return config;
}

/// Runs `other` in a child pinned to core 1 while `self` runs here on core 0. Returns what `self` returned.
double in_two_processes(const std::function<double()>& self, const std::function<void()>& other) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a reader that spins for a writer that is gone would spin for ever
    pin_to(1);
    try {
      other();
    } catch (const Error& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
      _exit(1);
    }
    _exit(0);
  }
  pin_to(0);
  const double result = self();
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) {
    std::fprintf(stderr, "The other process failed.\n");
    std::exit(70);
  }
  return result;
}

void fill(std::span<std::byte> payload, std::uint64_t seq) {
  for (std::size_t i = 0; i + 8 <= payload.size(); i += 8) {
    std::memcpy(payload.data() + i, &seq, 8);
  }
}

std::uint64_t sum(std::span<const std::byte> payload) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i + 8 <= payload.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload.data() + i, 8);
    total += word;
  }
  return total;
}

void wait_for_consumer(const Producer& producer) {
  while (count_sync_consumers(producer.view()) == 0) {
    NativeEnv::nap(100'000);
  }
}

/// Messages a second, one producer to one sync consumer.
double stream(const BlockConfig& config, std::uint64_t messages) {
  const Block block("stream", config);
  const auto consume = [&] {
    ConsumerOptions options;
    options.wait = WaitStrategy::spin;
    options.populate = true;
    Consumer consumer(block.name(), options);
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < messages; ++i) {
      require(consumer.acquire(-1), "consumer");
      total += sum(consumer.payload());
      require(consumer.release(), "release");
    }
    if (total != (messages * (messages - 1) / 2) * (config.slot_size / 8)) {
      throw Error(Status::VERIFY_FAILED);
    }
  };
  const auto produce = [&] {
    ProducerOptions options;
    options.wait = WaitStrategy::spin;
    options.populate = true;
    Producer producer(block.name(), options);
    wait_for_consumer(producer);
    const std::uint64_t start = NativeEnv::now_ns();
    for (std::uint64_t i = 0; i < messages; ++i) {
      require(producer.acquire(-1), "producer");
      fill(producer.payload(), i);
      require(producer.commit(config.slot_size), "commit");
    }
    return static_cast<double>(messages) / seconds_since(start);
  };
  return in_two_processes(produce, consume);
}

/// Median round trip through two blocks, ns.
double round_trip(WaitStrategy wait, int turns) {
  const Block there("there", config_of(64, 64, ProducerMode::single));
  const Block back("back", config_of(64, 64, ProducerMode::single));
  ProducerOptions write;
  ConsumerOptions read;
  write.wait = read.wait = wait;
  const auto echo = [&] {
    Producer producer(back.name(), write);
    Consumer consumer(there.name(), read);
    wait_for_consumer(producer);
    for (int i = 0; i < turns; ++i) {
      require(consumer.acquire(-1), "echo");
      const std::uint64_t value = sum(consumer.payload());
      require(consumer.release(), "echo release");
      require(producer.acquire(-1), "echo acquire");
      fill(producer.payload(), value);
      require(producer.commit(64), "echo commit");
    }
  };
  const auto ask = [&] {
    Producer producer(there.name(), write);
    Consumer consumer(back.name(), read);
    wait_for_consumer(producer);
    std::vector<std::uint64_t> samples(static_cast<std::size_t>(turns));
    for (auto& sample : samples) {
      const std::uint64_t start = NativeEnv::now_ns();
      require(producer.acquire(-1), "ask acquire");
      fill(producer.payload(), 1);
      require(producer.commit(64), "ask commit");
      require(consumer.acquire(-1), "ask");
      require(consumer.release(), "ask release");
      sample = NativeEnv::now_ns() - start;
    }
    std::nth_element(samples.begin(), samples.begin() + turns / 2, samples.end());
    return static_cast<double>(samples[static_cast<std::size_t>(turns) / 2]);
  };
  return in_two_processes(ask, echo);
}

/// acquire + commit with nobody attached, ns.
double uncontended(ProducerMode mode) {
  constexpr std::uint64_t kMessages = 5'000'000;
  const Block block("alone", config_of(1024, 64, mode));
  pin_to(0);
  Producer producer(block.name(), {});
  const std::uint64_t start = NativeEnv::now_ns();
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    require(producer.acquire(0), "acquire");
    require(producer.commit(8), "commit");
  }
  return seconds_since(start) * 1e9 / static_cast<double>(kMessages);
}

struct Measurement {
  const char* name;
  const char* unit;
  std::function<double()> run;
  std::vector<double> near;
  std::vector<double> far;
  int thrown_away = 0;
};

std::string cell(const std::vector<double>& values) {
  if (values.empty()) {
    return "-";
  }
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  char text[64];
  std::snprintf(text, sizeof text, "%.4g [%.4g..%.4g]", median(values), *least, *most);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 5;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) {
      json = true;
    } else if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) {
      rounds = std::max(1, std::atoi(argv[++i]));
    } else {
      std::fprintf(stderr, "usage: datablock-bench-core [--rounds N] [--json]\n");
      return 64;
    }
  }
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  using enum ProducerMode;
  std::vector<Measurement> measurements = {
      {"64 B stream, single",
       "M msg/s",
       [] { return stream(config_of(1024, 64, single), 20'000'000) / 1e6; },
       {},
       {},
       0},
      {"64 B stream, multi",
       "M msg/s",
       [] { return stream(config_of(1024, 64, multi), 10'000'000) / 1e6; },
       {},
       {},
       0},
      {"1 MiB stream, single",
       "GB/s",
       [] { return stream(config_of(4, kMiB, single), 20'000) * 1048576 / 1e9; },
       {},
       {},
       0},
      {"1 MiB stream, xxh3 enforced",
       "GB/s",
       [] { return stream(config_of(4, kMiB, single, ChecksumAlgorithm::xxh3), 10'000) * 1048576 / 1e9; },
       {},
       {},
       0},
      {"round trip 64 B, spinning", "ns", [] { return round_trip(WaitStrategy::spin, 200'000); }, {}, {}, 0},
      {"round trip 64 B, blocking", "ns", [] { return round_trip(WaitStrategy::block, 20'000); }, {}, {}, 0},
      {"acquire + commit alone, single", "ns", [] { return uncontended(single); }, {}, {}, 0},
      {"acquire + commit alone, multi", "ns", [] { return uncontended(multi); }, {}, {}, 0},
  };
  std::vector<double> near_pings;
  std::vector<double> far_pings;
  for (int round = 0; round < rounds; ++round) {
    for (Measurement& m : measurements) {
      const double before = ping_pong_ns();
      const double value = m.run();
      const double after = ping_pong_ns();
      if (is_near(before) != is_near(after)) {
        ++m.thrown_away;
        continue;
      }
      (is_near(before) ? m.near : m.far).push_back(value);
      (is_near(before) ? near_pings : far_pings).push_back((before + after) / 2);
    }
  }
  if (json) {
    std::printf("{\"rounds\":%d,\"pingPongNs\":{\"near\":%.1f,\"far\":%.1f},\"results\":[", rounds,
                median(near_pings), median(far_pings));
    for (const Measurement& m : measurements) {
      std::printf(
          "%s{\"name\":\"%s\",\"unit\":\"%s\",\"near\":%.6g,\"far\":%.6g,\"runsNear\":%zu,\"runsFar\":%zu,"
          "\"thrownAway\":%d}",
          &m == measurements.data() ? "" : ",", m.name, m.unit, median(m.near), median(m.far), m.near.size(),
          m.far.size(), m.thrown_away);
    }
    std::printf("]}\n");
    return 0;
  }
  std::printf("%-32s %-8s %-30s %-30s %s\n", "median [least..most]", "unit", "near", "far", "thrown away");
  std::printf("%-32s %-8s %-30s %-30s\n", "cache-line ping-pong, one way", "ns", cell(near_pings).c_str(),
              cell(far_pings).c_str());
  for (const Measurement& m : measurements) {
    std::printf("%-32s %-8s %-30s %-30s %d\n", m.name, m.unit, cell(m.near).c_str(), cell(m.far).c_str(),
                m.thrown_away);
  }
  return 0;
}
