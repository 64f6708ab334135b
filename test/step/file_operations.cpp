// Making and removing a block: it is whole, or it is not there.
#include <filesystem>

#include "child.hpp"
#include "operation.hpp"

namespace datablock::step {
namespace {

bool exists(const World& world) {
  return std::filesystem::exists(world.dir() + "/" + World::kName);
}

}  // namespace

std::vector<Operation> file_operations() {
  std::vector<Operation> all;
  all.push_back({.name = "create",
                 .what = "creating a block",
                 .setting = {.child_creates = true},
                 .child =
                     [](const World& world, const Scene& scene) {
                       const BlockConfig config = world.config();
                       scene.begin();
                       const SegmentFile file = create_segment(World::kName, world.dir(), config);
                       scene.end();
                     },
                 .check =
                     [](World& world, const Outcome& outcome) {
                       expect(!outcome.has_ended || exists(world),
                              "The block was created, and is not there.");
                     }});
  all.push_back(
      {.name = "remove",
       .what = "removing a block that nobody uses",
       .setting = {.child_creates = true},
       .child =
           [](const World& world, const Scene& scene) {
             const InstanceId instance = open_segment(World::kName, world.dir(), false).header.instance;
             scene.begin();
             unlink_segment(World::kName, world.dir(), instance, false);
             scene.end();
           },
       .prepare = [](World& world) { create_segment(World::kName, world.dir(), world.config()); },
       .check =
           [](World& world, const Outcome& outcome) {
             expect(!outcome.has_ended || !exists(world), "The block was removed, and is still there.");
           }});
  return all;
}

std::vector<Operation> operations() {
  std::vector<Operation> all;
  for (auto group : {writing_operations, reading_operations, membership_operations, cleaning_operations,
                     spinlock_operations, file_operations}) {
    for (Operation& operation : group()) {
      all.push_back(std::move(operation));
    }
  }
  return all;
}

}  // namespace datablock::step
