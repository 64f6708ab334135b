// Joining and leaving, of all kinds of participants.
#include "child.hpp"
#include "operation.hpp"

namespace datablock::step {
namespace {

Operation join_of(const char* name, const char* what, ConsumerMode mode, StartFrom from = StartFrom::latest) {
  return {.name = name, .what = what, .child = [mode, from](const World& world, const Scene& scene) {
            const ConsumerOptions options = consumer_options(world, mode, from);
            scene.begin();
            const Consumer consumer(World::kName, options);
            scene.end();
          }};
}

/// Leaves with the first message that it read in hand.
Operation leave_of(const char* name, const char* what, ConsumerMode mode) {
  return {.name = name,
          .what = what,
          .setting = {.holds = false},
          .child = [mode](const World& world, const Scene& scene) {
            Consumer consumer(World::kName, consumer_options(world, mode, StartFrom::oldest));
            introduce(scene, consumer.attachment());
            read_one(consumer);
            scene.begin();
            consumer.close();
            scene.end();
          }};
}

Operation leave_of_producer(const char* name, const char* what, bool with_slot) {
  return {.name = name,
          .what = what,
          .setting = {.child_writes = true},
          .child = [with_slot](const World& world, const Scene& scene) {
            Producer producer(World::kName, producer_options(world));
            introduce(scene, producer.attachment());
            if (with_slot) {
              require(producer.acquire(World::kPatienceMs), "acquire");
              fill(producer, scene);
            }
            scene.begin();
            producer.close();
            scene.end();
          }};
}

}  // namespace

std::vector<Operation> membership_operations() {
  std::vector<Operation> all;
  all.push_back({.name = "join-producer",
                 .what = "opening, mapping, taking an entry and (single) the producer role",
                 .setting = {.child_writes = true},
                 .child = [](const World& world, const Scene& scene) {
                   const ProducerOptions options = producer_options(world);
                   scene.begin();
                   const Producer producer(World::kName, options);
                   scene.end();
                 }});
  all.push_back({.name = "join-standby",
                 .what = "a second producer waits for the first to leave, and takes its role",
                 .on_multi = false,
                 .child =
                     [](const World& world, const Scene& scene) {
                       ProducerOptions options = producer_options(world);
                       options.standby_ms = World::kPatienceMs;
                       scene.begin();
                       try {
                         const Producer producer(World::kName, options);
                         scene.end();
                       } catch (const Error& error) {  // on another way than the recorded one, without an end
                         scene.end(error.status());
                       }
                     },
                 .interlude = [](World& world) { world.producer.reset(); },
                 .interlude_when =
                     [](const World& world) {
                       for (std::uint8_t id = 1; id <= world.raw().view().max_participants; ++id) {
                         if (world.raw().view().participant(id).standby.load() != 0) {
                           return true;
                         }
                       }
                       return false;
                     }});
  all.push_back(join_of("join-sync", "a sync reader joins at the head", ConsumerMode::sync));
  all.push_back(join_of("join-sync-oldest", "a sync reader joins and begins with the oldest message",
                        ConsumerMode::sync, StartFrom::oldest));
  all.push_back(join_of("join-sequential", "a sequential reader joins", ConsumerMode::sequential));
  all.push_back(join_of("join-latest", "a latest reader joins", ConsumerMode::latest));
  all.push_back(leave_of_producer("leave-producer", "a producer leaves", false));
  all.push_back(leave_of_producer("leave-producer-writing", "a producer leaves with a slot in hand", true));
  all.push_back({.name = "leave-producer-run",
                 .what = "a producer leaves with a run of slots in hand",
                 .setting = {.child_writes = true, .sequential = false, .holds = false},
                 .child = [](const World& world, const Scene& scene) {
                   Producer producer(World::kName, producer_options(world));
                   introduce(scene, producer.attachment());
                   require(producer.acquire_run(world.slots(), World::kPatienceMs), "acquire_run");
                   fill_run(producer, scene);
                   scene.begin();
                   producer.close();
                   scene.end();
                 }});
  all.push_back(
      {.name = "leave-sync",
       .what = "a sync reader takes a message, and leaves with it in hand",
       .setting = {.holds = false},
       .child =
           [](const World& world, const Scene& scene) {
             Consumer consumer(World::kName, consumer_options(world, ConsumerMode::sync));
             introduce(scene, consumer.attachment());
             scene.begin();
             const Status status = consumer.acquire(0);
             consumer.close();
             scene.end(status);
           },
       .arrange = [](World& world, const Facts&) { require(world.put(World::kPatienceMs), "put"); }});
  all.push_back(leave_of("leave-sync-history", "a sync reader leaves in the middle of the history",
                         ConsumerMode::sync));
  all.push_back(leave_of("leave-sequential", "a sequential reader leaves with its pin on a slot",
                         ConsumerMode::sequential));
  all.push_back(
      leave_of("leave-latest", "a latest reader leaves with its pin on a slot", ConsumerMode::latest));
  return all;
}

}  // namespace datablock::step
