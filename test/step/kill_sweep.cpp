// The first part: kill, clean up, go on, count.
#include <chrono>
#include <exception>

#include "failure.hpp"
#include "sweep.hpp"

namespace datablock::step {
namespace {

using Clock = std::chrono::steady_clock;

class KillSweep {
 public:
  KillSweep(const SweepContext& context, const Operation& operation, const Kind& kind)
      : context_(context), operation_(operation), kind_(kind) {}

  void run() {
    const auto start = Clock::now();
    row_.part = "kill";
    row_.operation = operation_.name;
    row_.what = operation_.what;
    row_.kind = kind_.name;
    try {
      announce(context_, "kill", operation_.name, kind_, 0);
      record();
    } catch (const std::exception& error) {
      ++row_.failures;
      context_.tell(Report::encode(Fault{"kill", operation_.name, kind_.name, 0, "", error.what(), "", ""}));
      context_.tell(Report::encode(row_));
      return;
    }
    row_.instructions = trace_.length();
    row_.changes = trace_.changes();
    row_.stride = stride_of(trace_, context_.options);
    row_.commit = context_.options.commit;
    for (const std::uint64_t k : points(trace_, context_.options)) {
      for (const Way way : ways(k)) {
        if (row_.failures >= context_.options.most_failures) {
          break;
        }
        announce(context_, "kill", operation_.name, kind_, k, to_string(way));
        visit(row_, [&] { return run_case(k, way); });
      }
    }
    row_.ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count());
    context_.tell(Report::encode(row_));
  }

 private:
  struct Case {
    explicit Case(const SweepContext& context, const Kind& kind, const Operation& operation)
        : world(context.dir, kind, operation.setting) {
      if (operation.prepare) {
        operation.prepare(world);
      }
      world.get_ready();
      child = std::make_unique<TracedChild>([&](const Scene& scene) { operation.child(world, scene); });
      if (world.has_block()) {
        world.note_commits(child->facts());
      }
      if (operation.arrange) {
        operation.arrange(world, child->facts());
      }
    }

    World world;
    std::unique_ptr<TracedChild> child;
  };

  /// Goes through the operation once.
  void record() {
    if (operation_.interlude_when) {
      trace_ = record_once();  // which also finds when that is
      return;
    }
    trace_ = record_shortest(context_.options, [this] { return record_once(); });
    if (!operation_.interlude) {
      return;
    }
    // Everything that the child reads before it first changes something is stale when the interlude comes.
    while (interlude_at_ + 1 < trace_.length() && !trace_.at(interlude_at_ + 1).changes) {
      ++interlude_at_;
    }
    has_interlude_ = true;
    trace_ = record_shortest(context_.options, [this] { return record_once(); });
  }

  Trace record_once() {
    Case one(context_, kind_, operation_);
    const Trace::Watch watch = {
        .changed = [&] { return one.world.has_block() && one.world.raw().has_changed(); },
        .before_step =
            [&](std::uint64_t k) {
              if (operation_.interlude_when && !has_interlude_ && operation_.interlude_when(one.world)) {
                has_interlude_ = true;
                interlude_at_ = k;
              }
              if (has_interlude_ && k == interlude_at_) {
                operation_.interlude(one.world);
              }
            }};
    Trace trace = Trace::record(*one.child, watch);
    const auto status = static_cast<Status>(one.child->facts().status.load());
    const bool is_complete = has_interlude_ == static_cast<bool>(operation_.interlude);
    expect(!is_complete || status == operation_.returns,
           "It returned " + (status == Status::OK ? std::string("OK") : catalogue_entry(status).name));
    return trace;
  }

  std::vector<Way> ways(std::uint64_t k) const {
    if (operation_.setting.child_creates) {
      return {Way::recovery};
    }
    std::vector<Way> chosen;
    for (const Way way : kWays) {
      const bool is_wanted =
          context_.options.way
              ? *context_.options.way == to_string(way)
              : context_.options.every_way || static_cast<std::uint64_t>(way) == k % std::size(kWays);
      if (is_wanted) {
        chosen.push_back(way);
      }
    }
    return chosen;
  }

  bool bring(Case& one, std::uint64_t k) const {
    if (!has_interlude_ || k <= interlude_at_) {
      return trace_.bring(*one.child, 0, k);
    }
    trace_.bring(*one.child, 0, interlude_at_);
    operation_.interlude(one.world);
    return trace_.bring(*one.child, interlude_at_, k);
  }

  /// True: it was exactly there.
  bool run_case(std::uint64_t k, Way way) {
    bool is_there = false;
    std::string where;
    std::string state;
    try {
      Case one(context_, kind_, operation_);
      ++row_.points;
      is_there = bring(one, k);
      where = place_of(one.child->instruction());
      state = one.world.has_block() ? one.world.raw().describe() : "no block";
      die(one, k, way);
      go_on(one, way);
      row_.wake_ms = std::max(row_.wake_ms, one.world.longest_wake_ms());
    } catch (const std::exception& error) {
      ++row_.failures;
      context_.tell(Report::encode(
          Fault{"kill", operation_.name, kind_.name, k, to_string(way), error.what(), where + " ", state}));
    }
    return is_there;
  }

  void die(Case& one, std::uint64_t k, Way way) const {
    World& world = one.world;
    TracedChild& child = *one.child;
    const bool has_block = world.has_block();
    unsigned committed = has_block ? world.note_commits(child.facts()) : 0;
    if (way == Way::late) {
      world.meddle();
    }
    const pid_t pid = child.pid();
    child.kill();
    const Outcome outcome{child.has_ended(), child.facts()};
    if (has_block) {
      committed += world.note_commits(child.facts());
      world.note_death(pid);
      world.check_invariants(World::Traces::of_the_dead);
    }
    if (operation_.commits) {
      expect(!outcome.has_ended || world.ledger.is_committed(outcome.facts.seq.load()),
             "Its commit had returned, and the message is not there.");
      expect(k != 0 || committed == 0, "Its message is there before it was committed.");
    }
    if (operation_.check) {
      operation_.check(world, outcome);
    }
  }

  void go_on(Case& one, Way way) const {
    World& world = one.world;
    if (operation_.setting.child_creates) {
      world.adopt_block();
    }
    world.clean(way);
    if (operation_.cleaned) {
      operation_.cleaned(world, way);
    }
    world.go_on(2 * world.slots() + 1);
    world.sweep();
    const std::uint64_t before = world.claim();
    world.go_on(world.slots());
    expect(world.claim() == before + world.slots(),
           "Everything is cleaned up, and there still are tombstones.");
    world.check();
  }

  const SweepContext& context_;
  const Operation& operation_;
  const Kind& kind_;
  Trace trace_;
  bool has_interlude_ = false;
  std::uint64_t interlude_at_ = 0;
  Row row_;
};

}  // namespace

void sweep_kills(const SweepContext& context, const Operation& operation, const Kind& kind) {
  if (kind.is_multi() ? operation.on_multi : operation.on_single) {
    KillSweep(context, operation, kind).run();
  }
}

}  // namespace datablock::step
