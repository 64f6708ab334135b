// Processes that are killed at random moments. The oracle: what an auditor that is never killed was
// delivered, and the tombstones that it stepped over, are all numbers there are; and when everybody is gone,
// nothing is left behind.
#include <map>
#include <random>

#include "support/block_test.hpp"

namespace datablock {
namespace {

using testing::BlockTest;
using testing::ChildProcess;
using testing::fill_pattern;
using testing::kLongMs;
using testing::Line;
using testing::read_pattern;

constexpr std::uint64_t kLastWord = ~std::uint64_t{0};  // source of the message after which the auditor stops

struct Killing {
  const char* name;
  std::uint64_t slots;
  ProducerMode mode;
  bool self_heal;
  int kills;

  friend void PrintTo(const Killing& self, std::ostream* out) { *out << self.name; }
};

class RandomKills : public BlockTest, public ::testing::WithParamInterface<Killing> {
 protected:
  RandomKills() {
    BlockConfig wanted = config(GetParam().slots, GetParam().mode);
    wanted.heal_after_ms = 10;
    wanted.self_heal = GetParam().self_heal;
    create(wanted);
  }

  std::unique_ptr<ChildProcess> writing_child() {
    const std::uint64_t source = ++sources_;
    return std::make_unique<ChildProcess>([this, source](const Line&) {
      ProducerOptions options;
      options.standby_ms = -1;
      const auto writer = producer(options);
      for (std::uint64_t i = 0;; ++i) {
        while (writer->acquire(kLongMs) != Status::OK) {
        }
        fill_pattern(writer->payload(), source, i);
        REQUIRE_IN_CHILD(writer->commit(64) == Status::OK);
      }
    });
  }

  std::unique_ptr<ChildProcess> reading_child(ConsumerMode mode, StartFrom from) const {
    return std::make_unique<ChildProcess>([this, mode, from](const Line&) {
      for (;;) {
        const auto reader = consumer(mode, from);
        for (int i = 0; i < 100; ++i) {
          if (reader->acquire(5) == Status::OK) {
            REQUIRE_IN_CHILD(read_pattern(reader->payload()).whole);
            REQUIRE_IN_CHILD(reader->release() == Status::OK);
          }
        }
      }
    });
  }

  std::unique_ptr<ChildProcess> auditing_child() const {
    return std::make_unique<ChildProcess>([this](const Line& line) {
      const auto reader = consumer();
      line.say();
      std::map<std::uint64_t, std::uint64_t> next_of;
      std::uint64_t next_seq = 0;
      std::uint64_t delivered = 0;
      std::uint64_t stepped = 0;
      for (bool done = false; !done;) {
        REQUIRE_IN_CHILD(reader->acquire(kLongMs) == Status::OK);
        const auto read = read_pattern(reader->payload());
        REQUIRE_IN_CHILD(read.whole);
        REQUIRE_IN_CHILD(reader->message().lost == 0);
        REQUIRE_IN_CHILD(reader->message().seq >= next_seq);
        REQUIRE_IN_CHILD(read.index == next_of[read.source]++);
        stepped += reader->message().seq - next_seq;
        next_seq = reader->message().seq + 1;
        ++delivered;
        done = read.source == kLastWord;
        REQUIRE_IN_CHILD(reader->release() == Status::OK);
      }
      line.say(delivered);
      line.say(stepped);
    });
  }

  void recover() const {
    Recovery tool = recovery();
    for (const PlannedAction& action : tool.plan()) {
      tool.apply(action);
    }
  }

  std::uint64_t sources_ = 0;
};

TEST_P(RandomKills, LoseNothingThatWasCommitted) {
  std::mt19937_64 random(GetParam().slots);
  const auto auditor = auditing_child();
  auditor->hear();
  std::vector<std::function<std::unique_ptr<ChildProcess>()>> roles = {
      [&] { return writing_child(); },
      [&] { return writing_child(); },
      [&] { return reading_child(ConsumerMode::sync, StartFrom::latest); },
      [&] { return reading_child(ConsumerMode::sync, StartFrom::oldest); },
      [&] { return reading_child(ConsumerMode::sequential, StartFrom::oldest); },
      [&] { return reading_child(ConsumerMode::latest, StartFrom::latest); },
  };
  std::vector<std::unique_ptr<ChildProcess>> victims;
  for (const auto& role : roles) {
    victims.push_back(role());
  }
  const auto block = raw();
  for (int kill = 0; kill < GetParam().kills; ++kill) {
    // At a random moment of work: somebody has to get on with it first.
    const std::uint64_t before = block.claim();
    ASSERT_TRUE(testing::eventually([&] {
      if (!GetParam().self_heal) {
        recover();
      }
      return block.claim() > before;
    })) << "nothing goes on after kill "
        << kill;
    NativeEnv::nap(random() % 2'000'000);
    const std::size_t which = random() % victims.size();
    victims[which]->kill();
    victims[which] = roles[which]();
  }
  for (const auto& victim : victims) {
    victim->kill();
  }
  recover();
  {
    ProducerOptions options;
    options.standby_ms = kLongMs;
    const auto writer = producer(options);
    ASSERT_EQ(writer->acquire(kLongMs), Status::OK);
    fill_pattern(writer->payload(), kLastWord, 0);
    ASSERT_EQ(writer->commit(64), Status::OK);
  }
  const std::uint64_t delivered = auditor->hear();
  const std::uint64_t stepped = auditor->hear();
  EXPECT_EQ(auditor->wait(), 0);
  EXPECT_EQ(delivered + stepped, block.claim());
  EXPECT_EQ(stepped, block.tombstones());
  recover();
  EXPECT_TRUE(recovery().plan().empty());
  EXPECT_EQ(violations(), "");
  EXPECT_EQ(block.sync_bits() | block.lossy_bits(), 0U);
}

INSTANTIATE_TEST_SUITE_P(On, RandomKills,
                         ::testing::Values(Killing{"multi_8", 8, ProducerMode::multi, true, 120},
                                           Killing{"multi_3", 3, ProducerMode::multi, true, 120},
                                           Killing{"multi_1", 1, ProducerMode::multi, true, 40},
                                           Killing{"single_8", 8, ProducerMode::single, true, 120},
                                           Killing{"single_1", 1, ProducerMode::single, true, 40},
                                           Killing{"multi_8_recovered_by_hand", 9, ProducerMode::multi, false,
                                                   40}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace datablock
