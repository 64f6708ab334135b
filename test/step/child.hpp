// What children do to get ready: handles of their own on the block, and messages in it.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/consumer.hpp"
#include "core/producer.hpp"
#include "failure.hpp"
#include "stamp.hpp"
#include "world.hpp"

namespace datablock::step {

inline ProducerOptions producer_options(const World& world) {
  ProducerOptions options;
  options.dir = world.dir();
  options.name = "child";
  options.wait = WaitStrategy::block;  // thousands of spins would only be more of the same instructions
  return options;
}

inline ConsumerOptions consumer_options(const World& world, ConsumerMode mode,
                                        StartFrom from = StartFrom::latest) {
  ConsumerOptions options;
  options.dir = world.dir();
  options.name = "child";
  options.mode = mode;
  options.from = from;
  options.wait = WaitStrategy::block;
  return options;
}

inline void introduce(const Scene& scene, const Attachment& attachment) {
  scene.facts().id.store(attachment.id());
}

inline void require(Status status, const char* what) {
  expect(status == Status::OK,
         std::string(what) + ": " + (status == Status::OK ? "" : catalogue_entry(status).name));
}

/// Fills in the slot in hand.
inline void fill(Producer& producer, const Scene& scene, Author author = Author::child) {
  const std::uint64_t index = scene.facts().stamps.load(std::memory_order_relaxed) + 1;
  scene.facts().stamps.store(index, std::memory_order_relaxed);
  scene.facts().seq.store(producer.seq(), std::memory_order_relaxed);
  write_stamp(producer.payload(), {author, index});
}

/// Fills in the slots of the run in hand; their lengths.
inline std::vector<std::uint64_t> fill_run(Producer& producer, const Scene& scene) {
  std::vector<std::uint64_t> lengths;
  for (const RingPosition& at : producer.run()) {
    const Stamp stamp{Author::child, scene.facts().stamps.load(std::memory_order_relaxed) + 1};
    scene.facts().stamps.store(stamp.index, std::memory_order_relaxed);
    scene.facts().seq.store(at.seq(), std::memory_order_relaxed);
    write_stamp(producer.payload(at), stamp);
    lengths.push_back(length_of(stamp));
  }
  return lengths;
}

/// Publishes the first `lengths.size()` messages that fill_run() has filled in, and gives the others up.
inline Status publish_run(Producer& producer, const Scene& scene, std::span<const std::uint64_t> lengths) {
  std::size_t published = 0;
  const Status status = producer.commit_run(lengths, 0, published);
  scene.facts().published.store(published, std::memory_order_relaxed);
  return status;
}

/// Publishes what fill() has filled in.
inline Status publish(Producer& producer, const Scene& scene) {
  return producer.commit(length_of({Author::child, scene.facts().stamps.load(std::memory_order_relaxed)}));
}

/// Waits, in the tester, until `condition` holds.
inline bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < World::kPatienceMs && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return condition();
}

inline void write_one(Producer& producer, const Scene& scene) {
  require(producer.acquire(World::kPatienceMs), "acquire");
  fill(producer, scene);
  require(publish(producer, scene), "commit");
}

inline void read_one(Consumer& consumer) {
  require(consumer.acquire(World::kPatienceMs), "acquire");
  expect(read_stamp(consumer.payload()).has_value(), "The child read a torn message.");
}

}  // namespace datablock::step
