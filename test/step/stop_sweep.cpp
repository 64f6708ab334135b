// The second part: somebody is stopped with SIGSTOP in the middle of something, the others do what they can
// do about it and go on for two laps, and then it wakes up and finishes what it was doing.
#include <chrono>
#include <exception>

#include "failure.hpp"
#include "stop_operation.hpp"
#include "sweep.hpp"

namespace datablock::step {
namespace {

using Clock = std::chrono::steady_clock;

class StopSweep {
 public:
  StopSweep(const SweepContext& context, const StopOperation& operation, const Kind& kind)
      : context_(context), operation_(operation), kind_(kind) {}

  void run() {
    const auto start = Clock::now();
    row_.part = "stop";
    row_.operation = operation_.name;
    row_.what = operation_.what;
    row_.kind = kind_.name;
    try {
      announce(context_, "stop", operation_.name, kind_, 0);
      trace_ = record_shortest(context_.options, [this] {
        Case one(context_, operation_, kind_);
        return Trace::record(*one.child, {.changed = [&] { return one.world.raw().has_changed(); }});
      });
    } catch (const std::exception& error) {
      ++row_.failures;
      context_.tell(Report::encode(Fault{"stop", operation_.name, kind_.name, 0, "", error.what(), "", ""}));
    }
    if (row_.failures == 0) {
      row_.instructions = trace_.length();
      row_.changes = trace_.changes();
      row_.stride = stride_of(trace_, context_.options);
      row_.commit = context_.options.commit;
      for (const std::uint64_t k : points(trace_, context_.options)) {
        if (row_.failures >= context_.options.most_failures) {
          break;
        }
        announce(context_, "stop", operation_.name, kind_, k);
        visit(row_, [&] { return run_case(k); });
      }
    }
    row_.ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count());
    context_.tell(Report::encode(row_));
  }

 private:
  struct Case {
    Case(const SweepContext& context, const StopOperation& operation, const Kind& kind)
        : world(context.dir, kind, operation.setting) {
      if (operation.prepare) {
        operation.prepare(world);
      }
      world.get_ready();
      child = std::make_unique<TracedChild>([&](const Scene& scene) { operation.child(world, scene); });
      if (operation.arrange) {
        operation.arrange(world);
      }
    }

    World world;
    std::unique_ptr<TracedChild> child;
  };

  /// True: it was exactly there.
  bool run_case(std::uint64_t k) {
    bool is_there = false;
    std::string where;
    std::string state;
    try {
      Case one(context_, operation_, kind_);
      ++row_.points;
      is_there = trace_.bring(*one.child, 0, k);
      where = place_of(one.child->instruction());
      state = one.world.raw().describe();
      one.child->freeze();
      one.world.note_commits(one.child->facts());
      operation_.act(one.world, *one.child);
      go_on_together(one);
    } catch (const std::exception& error) {
      ++row_.failures;
      context_.tell(Report::encode(
          Fault{"stop", operation_.name, kind_.name, k, "", error.what(), where + " ", state}));
    }
    return is_there;
  }

  /// All slots are there, its handle is fine, and nothing reminds of what has been.
  static void go_on_together(Case& one) {
    World& world = one.world;
    const std::uint64_t before = world.claim();
    world.go_on(2 * world.slots());
    expect(world.claim() == before + 2 * world.slots(), "The slot did not come back.");
    world.sweep();
    if (one.child->is_there()) {
      expect(one.child->dismiss() == 0, std::string("Afterwards: ") + one.child->facts().complaint);
    }
    world.note_commits(one.child->facts());
    world.go_on(world.slots());
    world.sweep();
    world.check();
  }

  const SweepContext& context_;
  const StopOperation& operation_;
  const Kind& kind_;
  Trace trace_;
  Row row_;
};

}  // namespace

void sweep_stops(const SweepContext& context, const StopOperation& operation, const Kind& kind) {
  if (kind.is_multi() || operation.on_single) {
    StopSweep(context, operation, kind).run();
  }
}

}  // namespace datablock::step
