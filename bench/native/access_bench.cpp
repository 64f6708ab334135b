// What each layer of the interfaces costs over the one below it: one message of 16 bytes, written and read by
// one thread, so that nothing is measured but instructions. Interleaved rounds, medians; the difference
// between two layers is the median of the differences of each round.
//
//     datablock-bench-access [--rounds 21] [--json]
#include <datablock/datablock.h>
#include <datablock/datablock.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace datablock;

constexpr std::uint64_t kMessages = 200'000;
constexpr std::uint64_t kSlots = 64;

struct Reading {
  std::uint64_t number;
  double value;
};

void require(Status status) {
  if (status != Status::OK) {
    throw Error(status);
  }
}

void require_c(datablock_result result) {
  if (result != DATABLOCK_OK) {
    std::fprintf(stderr, "%s\n", datablock_last_error_detail());
    std::exit(70);
  }
}

/// Keeps the compiler from knowing what was read.
void use(double value) {
  asm volatile("" : : "x"(value));
}

double ns_per_message(const std::function<void(std::uint64_t)>& turn) {
  const std::uint64_t start = NativeEnv::now_ns();
  turn(kMessages);
  return static_cast<double>(NativeEnv::now_ns() - start) / kMessages;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// One way to do the same thing.
struct Way {
  const char* name;
  const char* over;  ///< the way that its cost is compared with
  std::function<void(std::uint64_t)> turn;
  std::vector<double> ns = {};
};

class Comparison {
 public:
  explicit Comparison(std::vector<Way> ways) : ways_(std::move(ways)) {}

  void run(int rounds) {
    for (int round = -1; round < rounds; ++round) {  // the first one warms up
      for (Way& way : ways_) {
        const double ns = ns_per_message(way.turn);
        if (round >= 0) {
          way.ns.push_back(ns);
        }
      }
    }
  }

  void print(bool json) const {
    for (const Way& way : ways_) {
      const Way* below = find(way.over);
      std::vector<double> over;
      for (std::size_t i = 0; below != nullptr && i < way.ns.size(); ++i) {
        over.push_back(way.ns[i] - below->ns[i]);
      }
      if (json) {
        std::printf(R"({"name":"%s","ns":%.2f,"over":"%s","overhead_ns":%.2f})"
                    "\n",
                    way.name, median(way.ns), way.over, over.empty() ? 0 : median(over));
      } else if (over.empty()) {
        std::printf("%-28s %7.2f ns\n", way.name, median(way.ns));
      } else {
        std::printf("%-28s %7.2f ns   %+6.2f ns over %s\n", way.name, median(way.ns), median(over), way.over);
      }
    }
  }

 private:
  const Way* find(std::string_view name) const {
    const auto found = std::ranges::find_if(ways_, [&](const Way& way) { return way.name == name; });
    return found == ways_.end() ? nullptr : &*found;
  }

  std::vector<Way> ways_;
};

/// A block that is gone at the end.
class Block {
 public:
  explicit Block(const char* kind) : name_("bench-access-" + std::to_string(getpid()) + "-" + kind) {
    instance_ =
        create_segment(name_, "", {.slot_count = kSlots, .slot_size = sizeof(Reading)}).header.instance;
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { unlink_segment(name_, "", instance_, true); }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  InstanceId instance_;
};

std::vector<Way> writing(TypedDataBlockProducer<Reading>& typed, datablock_producer* c_producer) {
  DataBlockProducer& producer = typed.untyped();
  return {
      {"write: primitive calls", "",
       [&producer](std::uint64_t count) {
         Producer& p = *producer.operator->();
         for (std::uint64_t i = 0; i < count; ++i) {
           require(p.acquire(-1));
           auto& reading = *reinterpret_cast<Reading*>(p.payload().data());
           reading.number = i;
           reading.value = 0.5;
           require(p.commit(sizeof(Reading)));
         }
       }},
      {"write: slot handle", "write: primitive calls",
       [&producer](std::uint64_t count) {
         for (std::uint64_t i = 0; i < count; ++i) {
           SlotWriteHandle slot = producer.acquire_write_slot();
           require(slot.status());
           auto& reading = *reinterpret_cast<Reading*>(slot.buffer_span().data());
           reading.number = i;
           reading.value = 0.5;
           slot.set_length(sizeof(Reading));
           require(slot.commit());
         }
       }},
      {"write: transaction", "write: primitive calls",
       [&producer](std::uint64_t count) {
         for (std::uint64_t i = 0; i < count; ++i) {
           with_write_transaction(producer, -1, [i](SlotWriteHandle& slot) {
             auto& reading = *reinterpret_cast<Reading*>(slot.buffer_span().data());
             reading.number = i;
             reading.value = 0.5;
             slot.set_length(sizeof(Reading));
           });
         }
       }},
      {"write: typed transaction", "write: transaction",
       [&typed](std::uint64_t count) {
         for (std::uint64_t i = 0; i < count; ++i) {
           typed.with_write_transaction(-1, [i](Reading& reading) {
             reading.number = i;
             reading.value = 0.5;
           });
         }
       }},
      {"write: C interface", "write: primitive calls",
       [c_producer](std::uint64_t count) {
         datablock_slot slot = DATABLOCK_INIT(datablock_slot);
         for (std::uint64_t i = 0; i < count; ++i) {
           require_c(slot_rw_acquire_write(c_producer, -1, &slot));
           auto& reading = *static_cast<Reading*>(slot.data);
           reading.number = i;
           reading.value = 0.5;
           require_c(slot_rw_commit(c_producer, sizeof(Reading), 0));
         }
       }},
  };
}

/// Each reads a ring full, which is written in between by the same primitive calls; the writing is measured
/// alone as well.
std::vector<Way> reading(DataBlockProducer& producer, TypedDataBlockConsumer<Reading>& typed) {
  const auto fill = [&producer] {
    Producer& p = *producer.operator->();
    for (std::uint64_t i = 0; i < kSlots; ++i) {
      require(p.acquire(-1));
      auto& reading = *reinterpret_cast<Reading*>(p.payload().data());
      reading.number = i;
      reading.value = 0.5;
      require(p.commit(sizeof(Reading)));
    }
  };
  const auto in_rings = [fill](auto read_one) {
    return [fill, read_one](std::uint64_t count) {
      for (std::uint64_t done = 0; done < count; done += kSlots) {
        fill();
        for (std::uint64_t i = 0; i < kSlots; ++i) {
          read_one();
        }
      }
    };
  };
  DataBlockConsumer& consumer = typed.untyped();
  return {
      {"write + read: primitive", "", in_rings([&consumer] {
         Consumer& c = *consumer.operator->();
         require(c.acquire(-1));
         use(reinterpret_cast<const Reading*>(c.payload().data())->value);
         require(c.release());
       })},
      {"write + read: handle", "write + read: primitive", in_rings([&consumer] {
         SlotConsumeHandle slot = consumer.acquire_consume_slot();
         require(slot.status());
         use(reinterpret_cast<const Reading*>(slot.buffer_span().data())->value);
         require(slot.release());
       })},
      {"write + read: transaction", "write + read: primitive", in_rings([&consumer] {
         with_read_transaction(consumer, -1, [](const SlotConsumeHandle& slot) {
           use(reinterpret_cast<const Reading*>(slot.buffer_span().data())->value);
         });
       })},
      {"write + read: typed", "write + read: transaction", in_rings([&typed] {
         typed.with_read_transaction(-1, [](const Reading& reading) { use(reading.value); });
       })},
  };
}

std::vector<Way> heartbeats(DataBlockProducer& producer, HeartbeatManager<DataBlockProducer>& manager) {
  return {
      {"heartbeat", "",
       [&producer](std::uint64_t count) {
         for (std::uint64_t i = 0; i < count; ++i) {
           require(producer->heartbeat());
         }
       }},
      {"heartbeat manager, a pulse", "",
       [&manager](std::uint64_t count) {
         for (std::uint64_t i = 0; i < count; ++i) {
           require(manager.pulse());
         }
       }},
      {"heartbeat with check-in", "",
       [&producer](std::uint64_t count) {
         for (std::uint64_t i = 0; i < count; ++i) {
           require(producer->check_in());
         }
       }},
  };
}

void run(int rounds, bool json) {
  const auto measure = [&](std::vector<Way> ways) {
    Comparison comparison(std::move(ways));
    comparison.run(rounds);
    comparison.print(json);
  };
  {
    const Block block("write");
    const Block c_block("c");
    auto producer = TypedDataBlockProducer<Reading>::open(block.name());
    datablock_producer* c_producer = nullptr;
    require_c(datablock_producer_open(c_block.name().c_str(), nullptr, &c_producer));
    measure(writing(producer, c_producer));
    datablock_producer_close(c_producer);
  }
  const Block block("read");
  auto producer = DataBlockProducer::open(block.name());
  auto consumer = TypedDataBlockConsumer<Reading>::open(block.name());
  measure(reading(producer, consumer));
  HeartbeatManager manager(producer);
  measure(heartbeats(producer, manager));
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 21;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) {
      json = true;
    } else if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) {
      rounds = std::max(1, std::atoi(argv[++i]));
    } else {
      std::fprintf(stderr, "usage: datablock-bench-access [--rounds N] [--json]\n");
      return 64;
    }
  }
  try {
    run(rounds, json);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return catalogue_entry(error.status()).exit_code;
  }
}
