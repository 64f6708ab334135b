// Everything at once, too much for an exhaustive search: for random walks.
#include "world/world.hpp"

namespace datablock::model {
namespace {

void read_until_the_end(std::uint8_t id) {
  SyncConsumer reader(id, SyncConsumer::Joining{.from_oldest = true});
  if (reader.has_joined()) {
    SyncConsumer::may_be_evicted();
    reader.read_all();
    reader.leave();
  }
}

template <class Reader>
void look_and_leave(std::uint8_t id) {
  Reader reader(id, typename Reader::Joining{.from_oldest = true});
  if (reader.has_joined()) {
    reader.read_some(3, kPatientMs);
    reader.leave();
  }
}

/// Two producers, one mortal; a slot is forced, a consumer evicted; consumers of all kinds come and go or
/// die.
template <unsigned kSlots>
void multi() {
  set_up({.slots = kSlots,
          .participants = 5,
          .producers = ProducerMode::multi,
          .self_heal = true,
          .history = 1});
  const auto produce = [](std::uint8_t id) {
    MultiProducer producer(id);
    producer.may_end_with({Status::FENCED, Status::ALL_SLOTS_QUARANTINED, Status::TIMEOUT});
    producer.produce_all(2, kPatientMs);
    producer.give_up_one();
    producer.produce_all(1, kPatientMs);
  };
  block().seat_producer(1, machine().spawn("mortal", kMortal, [produce] { produce(1); }));
  block().seat_producer(2, machine().spawn("producer", kImmortal, [produce] { produce(2); }));
  machine().spawn("sync", kImmortal, [] { read_until_the_end(3); });
  machine().spawn("sequential", kMortal, [] { look_and_leave<SequentialConsumer>(4); });
  machine().spawn("latest", kMortal, [] { look_and_leave<LatestConsumer>(5); });
  machine().spawn("operator", kMortal, [] {
    force_slot(0);
    evict_reader(3);
    force_slot(kSlots - 1);
  });
  machine().spawn("recoverer", kMortal, recover_after_death);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

/// The single producer dies or not, a standby follows; consumers come and go or die, one is evicted.
template <unsigned kSlots, Fences kFences>
void single() {
  set_up({.slots = kSlots, .participants = 5, .fences = kFences, .self_heal = true, .history = 1});
  block().seat_producer(1, machine().spawn("producer", kMortal, [] {
    SingleProducer producer(1);
    producer.produce_all(3);
    producer.give_up_one();
    producer.produce_all(1);
    producer.leave();
  }));
  machine().spawn("standby", kMortal, [] {
    if (machine().hold_back([](const Machine& m) { return !m.is_locked(kRoleLock); })) {
      SingleProducer producer(2, SingleProducer::Joining{});
      producer.produce_all(2);
    }
  });
  machine().spawn("sync", kImmortal, [] { read_until_the_end(3); });
  machine().spawn("sequential", kMortal, [] { look_and_leave<SequentialConsumer>(4); });
  machine().spawn("latest", kMortal, [] { look_and_leave<LatestConsumer>(5); });
  machine().spawn("operator", kImmortal, [] { evict_reader(3); });
  machine().spawn("recoverer", kMortal, recover_after_death);
  machine().spawn("janitor", kImmortal, recover_at_the_end);
}

constexpr Bounds kSomeDeaths = {0, 0, 3, 2};

const Registration scenarios_of_this_file[] = {
    Registration({.name = "soup-multi-n1",
                  .purpose = "everything at once, multi, N = 1",
                  .full = kSomeDeaths,
                  .start = multi<1>,
                  .check = check_everything,
                  .walks_only = true}),
    Registration({.name = "soup-multi-n2",
                  .purpose = "the same with N = 2",
                  .full = kSomeDeaths,
                  .start = multi<2>,
                  .check = check_everything,
                  .walks_only = true}),
    Registration({.name = "soup-multi-n3",
                  .purpose = "the same with N = 3",
                  .full = kSomeDeaths,
                  .start = multi<3>,
                  .check = check_everything,
                  .walks_only = true}),
    Registration({.name = "soup-single-n1",
                  .purpose = "everything at once, single, asymmetric fences, N = 1",
                  .full = kSomeDeaths,
                  .start = single<1, Fences::asymmetric>,
                  .check = check_everything,
                  .walks_only = true}),
    Registration({.name = "soup-single-n2",
                  .purpose = "the same with N = 2",
                  .full = kSomeDeaths,
                  .start = single<2, Fences::asymmetric>,
                  .check = check_everything,
                  .walks_only = true}),
    Registration({.name = "soup-single-n3-real-fences",
                  .purpose = "the same with N = 3 and real fences",
                  .full = kSomeDeaths,
                  .start = single<3, Fences::real>,
                  .check = check_everything,
                  .walks_only = true}),
};

}  // namespace
}  // namespace datablock::model
