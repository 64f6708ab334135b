// What others do, who die or stand still while somebody else is under the knife; and how to see where they
// are.
#pragma once

#include "child.hpp"

namespace datablock::step {

inline void take_slot(const World& world, const Scene& scene) {
  Producer producer(World::kName, producer_options(world));
  introduce(scene, producer.attachment());
  scene.begin();
  require(producer.acquire(World::kPatienceMs), "acquire");
  fill(producer, scene, Author::bystander);
  scene.end();
}

inline Status apply_plan(Recovery& recovery) {
  for (const PlannedAction& action : recovery.plan()) {
    if (const Status status = recovery.apply(action); status != Status::OK) {
      return status;
    }
  }
  return Status::OK;
}

inline bool is_in_phase(const World& world, Phase phase) {
  for (std::uint64_t slot = 0; slot < world.slots(); ++slot) {
    if (world.raw().word(slot).phase() == phase) {
      return true;
    }
  }
  return false;
}

/// A slot is WRITING, and `claim` has not been moved past it.
inline bool is_claim_behind(const World& world) {
  const RingPosition next(world.claim(), world.slots());
  const SlotWord word = world.raw().word(next.slot());
  return word.phase() == Phase::writing && word.lap() == next.lap();
}

/// A producer that stands still where `there` says.
inline std::function<void(World&)> stands_still(const std::function<bool(const World&)>& there) {
  return [there, route = std::make_shared<Route>()](World& world) {
    world.bystander = world.bring_bystander(
        *route, [&](const Scene& scene) { take_slot(world, scene); }, [&] { return there(world); });
  };
}

}  // namespace datablock::step
