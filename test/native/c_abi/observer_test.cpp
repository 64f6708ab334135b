// Looking at a block from outside.
#include <cstring>
#include <set>
#include <vector>

#include "c_abi/support_c.hpp"
#include "core/snapshot_file.hpp"

namespace datablock {
namespace {

using testing::CBlockTest;
using testing::ChildProcess;
using testing::kBlock;
using testing::kLongMs;
using testing::Line;

class CObserverTest : public CBlockTest {
 protected:
  using Observer = testing::CObserver;

  datablock_slot_diagnosis diagnose(const Observer& observer, std::uint64_t slot,
                                    std::uint64_t stuck_after_ms = 30'000) const {
    datablock_slot_diagnosis out = DATABLOCK_INIT(datablock_slot_diagnosis);
    EXPECT_DONE(datablock_diagnose_slot(observer.get(), slot, stuck_after_ms, &out));
    return out;
  }

  /// A child that holds a slot, and tells when.
  std::unique_ptr<ChildProcess> child_with_slot() const {
    auto child = std::make_unique<ChildProcess>([this](const Line& line) {
      const auto writer = producer();
      datablock_slot to = DATABLOCK_INIT(datablock_slot);
      REQUIRE_IN_CHILD(slot_rw_acquire_write(writer.get(), 0, &to) == DATABLOCK_OK);
      line.stay();
    });
    child->hear();
    return child;
  }
};

TEST_F(CObserverTest, ASlotIsDiagnosedWhileItsOwnerLivesAndAfterItsDeath) {
  create(config());
  const auto child = child_with_slot();
  const auto looker = observer();
  datablock_slot_diagnosis seen = diagnose(looker, 0);
  EXPECT_EQ(seen.verdict, std::uint32_t{DATABLOCK_SLOT_BUSY});
  EXPECT_EQ(seen.phase, std::uint32_t{DATABLOCK_PHASE_WRITING});
  EXPECT_EQ(seen.owner_pid, static_cast<std::uint32_t>(child->pid()));
  EXPECT_EQ(seen.owner_verdict, std::uint32_t{DATABLOCK_VERDICT_ALIVE});
  EXPECT_EQ(seen.seq, 0U);
  EXPECT_EQ(seen.generation, 1U);
  EXPECT_EQ(seen.is_safe_to_reset, 0U);
  EXPECT_GE(seen.held_for_ns, 0);
  EXPECT_EQ(diagnose(looker, 0, 0).verdict, std::uint32_t{DATABLOCK_SLOT_SLOW});
  EXPECT_EQ(datablock_is_slot_stuck(looker.get(), 0), 0);
  EXPECT_EQ(datablock_is_process_alive(seen.owner_pid, 0), 1);

  child->stop();
  EXPECT_EQ(diagnose(looker, 0).owner_verdict, std::uint32_t{DATABLOCK_VERDICT_STOPPED});
  child->kill();
  seen = diagnose(looker, 0);
  EXPECT_EQ(seen.verdict, std::uint32_t{DATABLOCK_SLOT_STUCK});
  EXPECT_EQ(seen.owner_verdict, std::uint32_t{DATABLOCK_VERDICT_DEAD});
  EXPECT_EQ(seen.is_safe_to_reset, 1U);
  EXPECT_EQ(datablock_is_slot_stuck(looker.get(), 0), 1);
  EXPECT_EQ(datablock_is_slot_stuck(looker.get(), 1), 0);
  EXPECT_EQ(datablock_is_slot_stuck(looker.get(), 4), DATABLOCK_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(datablock_is_process_alive(seen.owner_pid, 0), 0);
  EXPECT_EQ(datablock_is_process_alive(static_cast<std::uint32_t>(getpid()), 1),
            0);  // another one with our pid
}

TEST_F(CObserverTest, AllSlotsInOneCall) {
  create(config());
  const auto writer = producer();
  ASSERT_DONE(put(writer, "x"));
  std::vector<datablock_slot_diagnosis> all(4, DATABLOCK_INIT(datablock_slot_diagnosis));
  std::size_t count = 0;
  const auto looker = observer();
  ASSERT_DONE(datablock_diagnose_all_slots(looker.get(), 0, nullptr, 0, &count));
  EXPECT_EQ(count, 4U);
  ASSERT_DONE(datablock_diagnose_all_slots(looker.get(), 0, all.data(), 2, &count));
  EXPECT_EQ(count, 4U);
  EXPECT_EQ(all[0].phase, std::uint32_t{DATABLOCK_PHASE_COMMITTED});
  EXPECT_EQ(all[1].slot, 1U);
  EXPECT_EQ(all[1].seq, DATABLOCK_NONE);
  EXPECT_EQ(all[2].verdict, 0U);  // beyond the capacity: untouched
  EXPECT_RESULT(datablock_diagnose_all_slots(looker.get(), 0, all.data(), 4, nullptr),
                DATABLOCK_ERROR_INVALID_ARGUMENT);
}

TEST_F(CObserverTest, TheStateOfASlotUnjudged) {
  datablock_config timed = config();
  timed.timestamps = DATABLOCK_ON;
  create(timed);
  const auto writer = producer();
  datablock_stats stats = DATABLOCK_INIT(datablock_stats);
  ASSERT_DONE(datablock_producer_stats(writer.get(), &stats));
  ASSERT_DONE(put(writer, "12345"));
  const auto looker = observer();
  datablock_slot_state state = DATABLOCK_INIT(datablock_slot_state);
  ASSERT_DONE(datablock_get_slot_state(looker.get(), 0, &state));
  EXPECT_EQ(state.phase, std::uint32_t{DATABLOCK_PHASE_COMMITTED});
  EXPECT_EQ(state.word, raw().word(0).raw);
  EXPECT_EQ(state.generation, 1U);
  EXPECT_EQ(state.seq, 0U);
  EXPECT_EQ(state.owner, 0U);
  EXPECT_EQ(state.writer, stats.participant);
  EXPECT_EQ(state.length, 5U);
  EXPECT_NE(state.acquired_ns, 0U);
  EXPECT_NE(state.committed_ns, 0U);
  ASSERT_DONE(datablock_get_slot_state(looker.get(), 1, &state));
  EXPECT_EQ(state.seq, DATABLOCK_NONE);
  EXPECT_RESULT(datablock_get_slot_state(looker.get(), 4, &state), DATABLOCK_ERROR_INVALID_ARGUMENT);
}

TEST_F(CObserverTest, ParticipantsComeWithTheEvidence) {
  create(config());
  datablock_producer_options options = DATABLOCK_INIT(datablock_producer_options);
  options.dir = c_dir();
  options.label = "writer";
  options.note = "of the test";
  datablock_producer* handle = nullptr;
  ASSERT_DONE(datablock_producer_open(kBlock, &options, &handle));
  const testing::CProducer writer(handle);
  const auto reader = consumer();
  ASSERT_DONE(put(writer, "x"));
  datablock_participant who[3] = {DATABLOCK_INIT(datablock_participant)};
  std::size_t count = 0;
  const auto looker = observer();
  ASSERT_DONE(datablock_observer_participants(looker.get(), who, 3, &count));
  ASSERT_EQ(count, 2U);
  EXPECT_EQ(who[0].role, std::uint32_t{DATABLOCK_ROLE_PRODUCER});
  EXPECT_EQ(who[0].mode, std::uint32_t{DATABLOCK_PRODUCERS_SINGLE});
  EXPECT_EQ(who[0].state, std::uint32_t{DATABLOCK_ENTRY_ACTIVE});
  EXPECT_EQ(who[0].verdict, std::uint32_t{DATABLOCK_VERDICT_ALIVE});
  EXPECT_EQ(who[0].pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(who[0].uid, getuid());
  EXPECT_EQ(who[0].lock_held, 1);
  EXPECT_EQ(who[0].same_pid_namespace, 1);
  EXPECT_EQ(who[0].same_start_time, 1);
  EXPECT_EQ(who[0].hold, DATABLOCK_NONE);
  EXPECT_EQ(who[0].messages, 1U);
  EXPECT_STREQ(who[0].label, "writer");
  EXPECT_STREQ(who[0].note, "of the test");
  EXPECT_EQ(who[1].role, std::uint32_t{DATABLOCK_ROLE_CONSUMER});
  EXPECT_EQ(who[1].mode, std::uint32_t{DATABLOCK_MODE_SYNC});
  EXPECT_EQ(who[1].hold, 0U);
  EXPECT_EQ(who[1].lag, 1U);
}

TEST_F(CObserverTest, ASnapshotCountsSlots) {
  create(config());
  const auto writer = producer();
  ASSERT_DONE(put(writer, "x"));
  datablock_slot to = DATABLOCK_INIT(datablock_slot);
  ASSERT_DONE(slot_rw_acquire_write(writer.get(), 0, &to));
  raw().set_word(3, SlotWord{7});
  datablock_snapshot seen = DATABLOCK_INIT(datablock_snapshot);
  ASSERT_DONE(datablock_observer_snapshot(observer().get(), 30'000, &seen));
  EXPECT_EQ(seen.claim, 2U);
  EXPECT_EQ(seen.participants, 1U);
  EXPECT_EQ(seen.by_phase[DATABLOCK_PHASE_COMMITTED], 1U);
  EXPECT_EQ(seen.by_phase[DATABLOCK_PHASE_WRITING], 1U);
  EXPECT_EQ(seen.by_phase[DATABLOCK_PHASE_FREE], 1U);
  EXPECT_EQ(seen.by_phase[7], 1U);
  EXPECT_EQ(seen.by_verdict[DATABLOCK_SLOT_HEALTHY], 2U);
  EXPECT_EQ(seen.by_verdict[DATABLOCK_SLOT_BUSY], 1U);
  EXPECT_EQ(seen.by_verdict[DATABLOCK_SLOT_CORRUPT], 1U);
}

struct Violations {
  std::vector<std::string> rules;
  static void note(const datablock_violation* violation, void* user) {
    EXPECT_GT(std::strlen(violation->detail), 0U);
    static_cast<Violations*>(user)->rules.emplace_back(violation->rule);
  }
};

TEST_F(CObserverTest, ValidationTellsWhatIsRepairableAndWhatIsNot) {
  datablock_config checked = config();
  checked.checksum_algorithm = DATABLOCK_CHECKSUM_XXH3;
  create(checked);
  const auto child = child_with_slot();
  const auto looker = observer();
  Violations violations;
  datablock_validation report = DATABLOCK_INIT(datablock_validation);
  std::uint64_t bad = 0;
  ASSERT_DONE(datablock_validate_integrity(looker.get(), 1, Violations::note, &violations, &report));
  EXPECT_EQ(report.slots_checked, 4U);
  EXPECT_EQ(report.violations, 0U);
  EXPECT_DONE(datablock_validate_slot_states(looker.get(), &bad));
  EXPECT_EQ(bad, DATABLOCK_NONE);

  child->kill();
  ASSERT_DONE(datablock_validate_integrity(looker.get(), 1, Violations::note, &violations, &report));
  EXPECT_EQ(report.violations, 2U);
  EXPECT_EQ(report.repairable, 2U);
  EXPECT_EQ(violations.rules, (std::vector<std::string>{"owner-without-lock", "entry-without-lock"}));

  raw().set_word(2, SlotWord{15});
  EXPECT_RESULT(datablock_validate_integrity(looker.get(), 0, nullptr, nullptr, &report),
                DATABLOCK_ERROR_CORRUPT);
  EXPECT_EQ(report.violations, 3U);
  EXPECT_EQ(report.repairable, 2U);
  EXPECT_RESULT(datablock_validate_slot_states(looker.get(), &bad), DATABLOCK_ERROR_CORRUPT);
  EXPECT_EQ(bad, 2U);
}

TEST_F(CObserverTest, ValidationFindsATamperedMessage) {
  datablock_config checked = config();
  checked.checksum_algorithm = DATABLOCK_CHECKSUM_XXH3;
  create(checked);
  const auto writer = producer();
  ASSERT_DONE(put(writer, "good"));
  const auto looker = observer();
  datablock_validation report = DATABLOCK_INIT(datablock_validation);
  ASSERT_DONE(datablock_validate_integrity(looker.get(), 1, nullptr, nullptr, &report));
  EXPECT_EQ(report.checksums_verified, 1U);
  raw().view().payload[0] ^= std::byte{1};
  EXPECT_DONE(datablock_validate_integrity(looker.get(), 0, nullptr, nullptr, nullptr));
  EXPECT_RESULT(datablock_validate_integrity(looker.get(), 1, nullptr, nullptr, nullptr),
                DATABLOCK_ERROR_CORRUPT);
}

/// Every counter of the core has its field, by its very name, and every field its counter.
TEST_F(CObserverTest, MetricsAreThoseOfTheCore) {
  create(config());
  const testing::RawBlock block = raw();
  auto& kept = *block.view().metrics;
  std::uint64_t number = 100;
  for (auto* counter :
       {&kept.writer_timeouts, &kept.writer_blocked_ns, &kept.reader_races, &kept.reader_peak,
        &kept.last_error_ns, &kept.last_error_code, &kept.error_sequence, &kept.acquire_errors,
        &kept.checksum_failures, &kept.zmq_send_failures, &kept.heartbeats_sent, &kept.heartbeats_failed,
        &kept.messages_written, &kept.messages_read, &kept.bytes_written, &kept.bytes_read,
        &kept.messages_lost, &kept.tombstones, &kept.recovery_actions}) {
    counter->store(number++, std::memory_order_relaxed);
  }
  datablock_metrics metrics = DATABLOCK_INIT(datablock_metrics);
  ASSERT_DONE(datablock_get_metrics(observer().get(), &metrics));
  EXPECT_EQ(metrics.writer_timeout_count, 100U);
  EXPECT_EQ(metrics.writer_blocked_total_ns, 101U);
  EXPECT_EQ(metrics.reader_race_detected, 102U);
  EXPECT_EQ(metrics.reader_peak_count, 103U);
  EXPECT_EQ(metrics.last_error_timestamp_ns, 104U);
  EXPECT_EQ(metrics.last_error_code, 105U);
  EXPECT_EQ(metrics.error_sequence, 106U);
  EXPECT_EQ(metrics.slot_acquire_errors, 107U);
  EXPECT_EQ(metrics.checksum_failures, 108U);
  EXPECT_EQ(metrics.zmq_send_failures, 109U);
  EXPECT_EQ(metrics.heartbeat_sent_count, 110U);
  EXPECT_EQ(metrics.heartbeat_failed_count, 111U);
  EXPECT_EQ(metrics.total_slots_written, 112U);
  EXPECT_EQ(metrics.total_slots_read, 113U);
  EXPECT_EQ(metrics.total_bytes_written, 114U);
  EXPECT_EQ(metrics.total_bytes_read, 115U);
  EXPECT_EQ(metrics.messages_lost, 116U);
  EXPECT_EQ(metrics.tombstones, 117U);
  EXPECT_EQ(metrics.recovery_actions, 118U);
  EXPECT_LT(metrics.uptime_seconds, 60U);

  // As many counters as fields: one that is new in the core is missing here.
  EXPECT_EQ(datablock::Observer(kBlock, dir()).metrics().values.size() + std::size(metrics.unused), 31U);
}

TEST_F(CObserverTest, ASnapshotFileCanBeLookedAt) {
  create(config());
  const auto writer = producer();
  ASSERT_DONE(put(writer, "x"));
  const std::string path = dir() + "/copy.snapshot";
  const datablock::Observer live(kBlock, dir());
  write_snapshot(live.file(), live.view(), path, false);
  datablock_observer* handle = nullptr;
  ASSERT_DONE(datablock_observer_open_snapshot(path.c_str(), &handle));
  const testing::CObserver looker(handle);
  datablock_snapshot seen = DATABLOCK_INIT(datablock_snapshot);
  ASSERT_DONE(datablock_observer_snapshot(looker.get(), 0, &seen));
  EXPECT_EQ(seen.claim, 1U);
  EXPECT_RESULT(datablock_observer_open_snapshot((dir() + "/none").c_str(), &handle),
                DATABLOCK_ERROR_NO_SUCH_BLOCK);
  EXPECT_RESULT(datablock_observer_open("none", c_dir(), &handle), DATABLOCK_ERROR_NO_SUCH_BLOCK);
}

}  // namespace
}  // namespace datablock
