#include "engine/machine.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "engine/hash.hpp"

namespace datablock::model {
namespace {

std::string format_text(const char* format, va_list arguments) {
  char buffer[512];
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  return buffer;
}

}  // namespace

Machine& machine() {
  static Machine the_machine;
  return the_machine;
}

// ---------------------------------------------------------------------------------------------- setting up

Location Machine::add_location(std::string name, Meaning meaning, Interrupts interrupts) {
  interrupts_.push_back(interrupts);
  location_names_.push_back(std::move(name));
  meanings_.push_back(meaning);
  return memory_.add_location();
}

Cell Machine::add_cell(std::string name) {
  cell_names_.push_back(std::move(name));
  cells_.emplace_back();
  return static_cast<Cell>(cells_.size() - 1);
}

void Machine::begin(Search& search, Trace* trace) {
  search_ = &search;
  trace_ = trace;
  memory_.reset();
  cells_.assign(cells_.size(), CellState{});
  locks_.fill(Lock{});
  count_ = 0;
  current_ = kNoThread;
  now_ = 1'000'000'000;
  other_hash_ = 0;
  steps_ = 0;
  casualties_ = 0;
  forced_ = 0;
  decisions_ = 0;
  deviations_.clear();
  failure_.clear();
  search.begin();
}

void Machine::initialize(Cell cell, std::uint64_t value) {
  cells_[cell].value = value;
}

ThreadIndex Machine::spawn(const char* name, Role role, std::function<void()> body) {
  if (count_ == kMaxThreads) {
    fail("kMaxThreads is too small");
    return kNoThread;
  }
  Thread& thread = threads_[count_];
  thread.name = name;
  thread.role = role;
  thread.body = std::move(body);
  thread.status = Status::ready;
  thread.timed_out = thread.has_spun = thread.others_have_stored = thread.is_impatient = false;
  thread.tolerates_races = thread.has_raced = false;
  thread.forced_timeouts = 0;
  thread.fiber.prepare(&run_body, &thread);
  return count_++;
}

Outcome Machine::run() {
  outcome_ = Outcome::finished;
  const ThreadIndex first = elect();
  if (first != kNoThread) {
    current_ = first;
    Fiber::switch_to(driver_, threads_[first].fiber);
  }
  current_ = kNoThread;
  return outcome_;
}

void Machine::run_body(void* thread) {
  auto& me = *static_cast<Thread*>(thread);
  me.body();
  Machine& m = machine();
  m.suspend(Status::finished);
  m.block();
}

// ---------------------------------------------------------------------------------------------- whose turn

void Machine::offer(Options& options, OptionKind kind, unsigned argument, Cost cost) const {
  if (search_->affords(cost)) {
    options.add({kind, static_cast<std::uint8_t>(argument), cost});
  }
}

bool Machine::can_go(const Thread& thread) const {
  return thread.status == Status::ready || (thread.status == Status::held_back && thread.ready(*this));
}

void Machine::offer_others(Options& options, Cost cost) const {
  const ThreadIndex start = current_ == kNoThread ? 0 : static_cast<ThreadIndex>(current_ + 1);
  for (ThreadIndex i = 0; i < count_; ++i) {
    const auto thread = static_cast<ThreadIndex>((start + i) % count_);
    if (thread != current_ && can_go(threads_[thread])) {
      offer(options, OptionKind::go, thread, cost);
    }
  }
}

void Machine::offer_hurry(Options& options) const {
  for (ThreadIndex i = 0; i < count_; ++i) {
    const Status status = threads_[i].status;
    if (status == Status::sleeping || status == Status::napping || status == Status::spinning) {
      offer(options, OptionKind::hurry, i, Cost::early_timeout);
    }
  }
}

const Option& Machine::decide(const Options& options) {
  const std::size_t taken = search_->choose(options);
  if (taken != 0) {
    deviations_.push_back({decisions_, options[taken]});
  }
  ++decisions_;
  return options[taken];
}

void Machine::step() {
  Thread& me = threads_[current_];
  if (++steps_ > kLongestRun) {
    fail("no end after %u steps: a livelock", steps_);
  }
  if (me.is_impatient) {
    return;
  }
  check_known();
  Options options;
  offer(options, OptionKind::go, current_, Cost::none);
  offer_others(options, Cost::preemption);
  if (me.role.can_be_killed) {
    offer(options, OptionKind::kill, current_, Cost::crash);
  }
  offer_hurry(options);
  const Option option = decide(options);
  switch (option.kind) {
    case OptionKind::go:
      if (option.argument != current_) {
        give_turn(option.argument);
      }
      break;
    case OptionKind::kill:
      kill(current_);
      block();
      break;
    case OptionKind::hurry:
      end_sleep(threads_[option.argument], true);
      give_turn(option.argument);
      break;
    case OptionKind::read:
      break;
  }
}

void Machine::suspend(Status status) {
  threads_[current_].status = status;
}

void Machine::block() {
  const ThreadIndex next = elect();
  if (next == kNoThread) {
    return_to_driver(Outcome::finished);
  }
  if (next != current_) {
    give_turn(next);
  }
}

ThreadIndex Machine::elect() {
  for (;;) {
    Options options;
    if (current_ != kNoThread && can_go(threads_[current_])) {
      offer(options, OptionKind::go, current_, Cost::none);
    }
    offer_others(options, Cost::none);
    if (options.count() == 0) {
      if (!force()) {
        return kNoThread;
      }
      continue;
    }
    offer_hurry(options);
    const Option option = decide(options);
    Thread& thread = threads_[option.argument];
    if (option.kind == OptionKind::hurry) {
      end_sleep(thread, true);
    }
    end_hold_back(thread);
    return option.argument;
  }
}

void Machine::end_hold_back(Thread& thread) {
  if (thread.status == Status::held_back) {
    thread.status = Status::ready;
    thread.timed_out = false;
  }
}

void Machine::give_turn(ThreadIndex thread) {
  end_hold_back(threads_[thread]);
  const ThreadIndex from = current_;
  current_ = thread;
  Fiber::switch_to(threads_[from].fiber, threads_[thread].fiber);
}

void Machine::return_to_driver(Outcome outcome) {
  outcome_ = outcome;
  Fiber::switch_to(threads_[current_].fiber, driver_);
  __builtin_unreachable();
}

bool Machine::force() {
  return force_time() || release_all(Status::awaiting_death, true) || release_all(Status::held_back, true) ||
         release_all(Status::awaiting_end, false);
}

bool Machine::release_all(Status status, bool timed_out) {
  bool found = false;
  for (ThreadIndex i = 0; i < count_; ++i) {
    if (threads_[i].status == status) {
      threads_[i].status = Status::ready;
      threads_[i].timed_out = timed_out;
      found = true;
    }
  }
  return found;
}

bool Machine::force_time() {
  Thread* first = nullptr;
  for (ThreadIndex i = 0; i < count_; ++i) {
    Thread& thread = threads_[i];
    const bool sleeps = thread.status == Status::sleeping || thread.status == Status::napping ||
                        thread.status == Status::spinning;
    if (sleeps && (first == nullptr || thread.deadline < first->deadline)) {
      first = &thread;
    }
  }
  if (first == nullptr) {
    return false;
  }
  if (++forced_ > kMostForcedTimeouts) {
    fail("deadlock: nothing can run, and %u time-outs changed nothing", kMostForcedTimeouts);
    return false;
  }
  if (first->counts_as_lost) {
    ++first->forced_timeouts;
  }
  if (first->status != Status::spinning) {
    // It may oversleep: so a hundred naps are not needed until it asks after somebody.
    first->deadline = std::max(first->deadline, now_ + kLongNapNs);
  }
  end_sleep(*first, true);
  return true;
}

void Machine::end_sleep(Thread& thread, bool timed_out) {
  const auto index = static_cast<ThreadIndex>(&thread - threads_.data());
  thread.timed_out = timed_out;
  if (timed_out && thread.status != Status::spinning) {
    now_ = std::max(now_, thread.deadline);
  }
  memory_.mix_thread(index, timed_out ? now_ : 7);
  thread.status = Status::ready;
}

void Machine::kill(ThreadIndex thread) {
  note("is killed");
  threads_[thread].status = Status::dead;
  ++casualties_;
  for (Lock& lock : locks_) {
    if (lock.holder == thread) {
      memory_.publish_to(lock.view, thread);
      lock.hash = mix(lock.hash, memory_.thread_hash(thread));
      lock.holder = kNoThread;
    }
  }
  release_all(Status::awaiting_death, false);
}

// ---------------------------------------------------------------------------------------------- accesses

unsigned Machine::pick_store(Location location, std::memory_order order, const std::uint64_t* except) {
  const unsigned latest = memory_.latest(location);
  const unsigned oldest = memory_.oldest_readable(current_, location, order);
  if (oldest == latest || threads_[current_].is_impatient) {
    return latest;
  }
  Options options;
  options.add({OptionKind::read, 0, Cost::none});
  for (unsigned age = 1; latest - age >= oldest && age <= latest; ++age) {
    if (except == nullptr || memory_.store_at(location, latest - age).value != *except) {
      offer(options, OptionKind::read, age, Cost::stale_read);
    }
  }
  // Also where no old value can be afforded: decisions are counted alike in every kind of search.
  return latest - decide(options).argument;
}

std::uint64_t Machine::load(Location location, std::memory_order order) {
  if (interrupts_[location] != Interrupts::none) {
    step();
  }
  const unsigned index = pick_store(location, order, nullptr);
  const std::uint64_t value = memory_.read(current_, location, index, order);
  const unsigned age = memory_.latest(location) - index;
  if (age != 0) {
    threads_[current_].others_have_stored = true;  // so there is still something new to see: no time to spin
  }
  if (trace_ != nullptr) {
    note("reads   %s = %s (%s)%s", location_names_[location].c_str(), show(location, value).c_str(),
         show_order(static_cast<int>(order)), age == 0 ? "" : "   OLD VALUE");
  }
  return value;
}

void Machine::after_store() {
  for (ThreadIndex i = 0; i < count_; ++i) {
    Thread& other = threads_[i];
    if (i == current_) {
      other.has_spun = other.is_impatient = false;
    } else if (other.status == Status::spinning || other.status == Status::napping) {
      end_sleep(other, false);
    } else {
      other.others_have_stored = other.has_spun;
    }
  }
}

void Machine::store(Location location, std::uint64_t value, std::memory_order order) {
  if (interrupts_[location] == Interrupts::all) {
    step();
  }
  const std::uint64_t before = memory_.latest_value(location);
  if (trace_ != nullptr) {
    note("stores  %s := %s (%s)", location_names_[location].c_str(), show(location, value).c_str(),
         show_order(static_cast<int>(order)));
  }
  if (monitor_ != nullptr) {
    monitor_(location, before, value);
  }
  memory_.write(current_, location, value, order);
  after_store();
}

void Machine::finish_update(Location location, std::uint64_t before, std::uint64_t after,
                            std::memory_order order) {
  if (trace_ != nullptr) {
    note("changes %s: %s -> %s (%s)", location_names_[location].c_str(), show(location, before).c_str(),
         show(location, after).c_str(), show_order(static_cast<int>(order)));
  }
  if (monitor_ != nullptr) {
    monitor_(location, before, after);
  }
  memory_.update(current_, location, after, order);
  after_store();
}

bool Machine::compare_exchange(Location location, std::uint64_t& expected, std::uint64_t desired,
                               std::memory_order success, std::memory_order failure) {
  step();
  // A failing exchange is a load, and may return an old value, as a load-linked does.
  const unsigned index = pick_store(location, failure, &expected);
  const std::uint64_t found = memory_.store_at(location, index).value;
  if (found == expected) {
    finish_update(location, found, desired, success);
    return true;
  }
  memory_.read(current_, location, index, failure);
  if (trace_ != nullptr) {
    note("CAS     %s fails: expected %s, found %s%s", location_names_[location].c_str(),
         show(location, expected).c_str(), show(location, found).c_str(),
         index == memory_.latest(location) ? "" : "   OLD VALUE");
  }
  expected = found;
  return false;
}

void Machine::fence() {
  step();
  if (trace_ != nullptr) {
    note("fence");
  }
  memory_.fence(current_);
}

void Machine::fence_after_rmw() {
  if (memory_.has_stored_since_rmw(current_)) {
    fail("fence_after_rmw() after a plain store: on x86 that is no fence");
  }
  fence();
}

void Machine::acquire_fence() {
  if (trace_ != nullptr) {
    note("acquire fence");
  }
  memory_.acquire_fence(current_);
}

void Machine::process_fence() {
  // One thread after the other, as the kernel does it, with our own fence before and after.
  const ThreadIndex me = current_;
  fence();
  for (ThreadIndex i = 0; i < count_; ++i) {
    if (i == me) {
      continue;
    }
    // Who is not running has nothing under way: no moment of its own.
    if (threads_[i].status == Status::ready) {
      step();
    }
    if (trace_ != nullptr) {
      note("membarrier reaches %s", threads_[i].name);
    }
    memory_.fence(i);
    // How far we have come, and who did it: else their fence and ours could be taken for one another.
    memory_.mix_thread(i, me);
    memory_.mix_thread(me, i);
  }
  fence();
}

// ---------------------------------------------------------------------------------------------- sleeping

void Machine::sleep_on(Location location, std::uint64_t value, std::uint64_t ns) {
  step();
  Thread& me = threads_[current_];
  me.has_spun = me.is_impatient = false;
  if (memory_.latest_value(location) != value) {
    memory_.mix_thread(current_, memory_.store_at(location, memory_.latest(location)).hash);
    if (trace_ != nullptr) {
      note("does not sleep: %s has moved on", location_names_[location].c_str());
    }
    return;
  }
  if (trace_ != nullptr) {
    note("sleeps on %s", location_names_[location].c_str());
  }
  me.location = location;
  me.deadline = now_ + ns;
  me.counts_as_lost = ns >= kLongSleepNs && casualties_ == 0;
  suspend(Status::sleeping);
  block();
  if (trace_ != nullptr) {
    note(threads_[current_].timed_out ? "wakes: time-out" : "wakes");
  }
}

void Machine::wake(Location location) {
  step();
  memory_.mix_thread(current_, location);
  if (trace_ != nullptr) {
    note("wakes all on %s", location_names_[location].c_str());
  }
  for (ThreadIndex i = 0; i < count_; ++i) {
    Thread& other = threads_[i];
    if (other.status == Status::sleeping && other.location == location) {
      end_sleep(other, false);
      memory_.mix_thread(i, memory_.thread_hash(current_));
    }
  }
}

void Machine::nap(std::uint64_t ns) {
  Thread& me = threads_[current_];
  const bool rest_is_due = me.is_impatient;
  const bool has_news = me.has_spun && me.others_have_stored;
  me.has_spun = me.others_have_stored = me.is_impatient = false;
  if (rest_is_due || has_news) {
    now_ += rest_is_due ? std::max(ns, kPatienceNs) : ns;
    return;
  }
  if (trace_ != nullptr) {
    note("naps");
  }
  me.deadline = now_ + std::max(ns, kPatienceNs);
  me.counts_as_lost = false;
  suspend(Status::napping);
  block();
  if (!threads_[current_].timed_out) {
    now_ += ns;
  }
}

std::uint64_t Machine::now() {
  if (current_ != kNoThread) {
    memory_.mix_thread(current_, now_);
  }
  return now_;
}

void Machine::relax() {
  Thread& me = threads_[current_];
  if (++steps_ > kLongestRun) {
    fail("no end after %u steps: a livelock", steps_);
  }
  if (me.is_impatient) {
    if (++me.impatient_spins == kMostImpatientSpins) {  // it never sleeps: time passes for it all the same
      me.is_impatient = false;
      now_ += kPatienceNs;
    }
    return;
  }
  if (!me.has_spun || me.others_have_stored) {
    me.has_spun = true;
    me.others_have_stored = false;
    return;
  }
  if (trace_ != nullptr) {
    note("spins");
  }
  me.deadline = now_;
  me.counts_as_lost = false;
  suspend(Status::spinning);
  block();
  me.others_have_stored = false;
  me.is_impatient = me.timed_out;
  me.impatient_spins = 0;
}

bool Machine::await_death() {
  suspend(Status::awaiting_death);
  if (std::any_of(threads_.begin(), threads_.begin() + count_,
                  [](const Thread& thread) { return thread.status == Status::dead; })) {
    suspend(Status::ready);
    threads_[current_].timed_out = false;
  }
  block();
  return !threads_[current_].timed_out;
}

void Machine::await_end() {
  suspend(Status::awaiting_end);
  block();
}

void Machine::stop_for_ever() {
  note("is stopped");
  ++casualties_;
  suspend(Status::stopped);
  block();
}

bool Machine::hold_back(bool (*ready)(const Machine&)) {
  threads_[current_].ready = ready;
  suspend(Status::held_back);
  block();
  return !threads_[current_].timed_out;
}

// ---------------------------------------------------------------------------------------------- data and
// locks

std::uint64_t Machine::read_cell(Cell cell) {
  CellState& state = cells_[cell];
  if (trace_ != nullptr) {
    note("reads   %s = %llu", cell_names_[cell].c_str(), static_cast<unsigned long long>(state.value));
  }
  if (state.writer != kNoThread && !memory_.comes_after(current_, state.writer, state.written_at)) {
    if (!threads_[current_].tolerates_races) {
      fail("data race on %s: %s reads what %s wrote, unordered", cell_names_[cell].c_str(),
           thread_name(current_), thread_name(state.writer));
    }
    threads_[current_].has_raced = true;
  }
  state.read_at[current_] = memory_.clock(current_);
  memory_.see_plain_store(current_, state.view);
  memory_.mix_thread(current_, state.hash);
  return state.value;
}

void Machine::write_cell(Cell cell, std::uint64_t value) {
  CellState& state = cells_[cell];
  if (trace_ != nullptr) {
    note("writes  %s := %llu", cell_names_[cell].c_str(), static_cast<unsigned long long>(value));
  }
  if (state.writer != kNoThread && !memory_.comes_after(current_, state.writer, state.written_at)) {
    fail("data race on %s: two writes, by %s and %s, are not ordered", cell_names_[cell].c_str(),
         thread_name(state.writer), thread_name(current_));
  }
  for (ThreadIndex i = 0; i < count_; ++i) {
    if (state.read_at[i] != 0 && !threads_[i].tolerates_races &&
        !memory_.comes_after(current_, i, state.read_at[i])) {
      fail("data race on %s: %s writes what %s may still read, unordered", cell_names_[cell].c_str(),
           thread_name(current_), thread_name(i));
    }
  }
  memory_.mix_thread(current_, value);
  state.value = value;
  state.writer = current_;
  state.written_at = memory_.clock(current_);
  state.view = memory_.handed_on_by_plain_stores(current_);
  other_hash_ -= mix(cell, state.hash);
  state.hash = memory_.thread_hash(current_);
  other_hash_ += mix(cell, state.hash);
}

bool Machine::try_lock(unsigned lock) {
  step();
  Lock& it = locks_[lock];
  if (trace_ != nullptr) {
    note("locks   byte %u%s", lock, it.holder == kNoThread ? "" : ": held by somebody else");
  }
  if (it.holder != kNoThread) {
    memory_.mix_thread(current_, mix(it.hash, 1));
    return false;
  }
  it.holder = current_;
  memory_.learn(current_, it.view, it.hash);
  it.hash = mix(it.hash, memory_.thread_hash(current_));
  return true;
}

void Machine::unlock(unsigned lock) {
  step();
  Lock& it = locks_[lock];
  if (trace_ != nullptr) {
    note("unlocks byte %u", lock);
  }
  memory_.publish_to(it.view, current_);
  it.hash = mix(it.hash, memory_.thread_hash(current_));
  it.holder = kNoThread;
}

// ---------------------------------------------------------------------------------------------- reports

void Machine::fail(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const std::string text = format_text(format, arguments);
  va_end(arguments);
  fail_with(text);
}

void Machine::object(const char* format, ...) {
  if (harm_only_) {
    return;
  }
  va_list arguments;
  va_start(arguments, format);
  const std::string text = format_text(format, arguments);
  va_end(arguments);
  fail_with(text);
}

void Machine::fail_with(const std::string& text) {
  if (failure_.empty()) {
    failure_ = text;
  }
  outcome_ = Outcome::failed;
  if (current_ != kNoThread) {
    return_to_driver(Outcome::failed);
  }
}

void Machine::note(const char* format, ...) {
  // An impatient thread looks at the same things again and again.
  if (trace_ == nullptr || (current_ != kNoThread && threads_[current_].is_impatient)) {
    return;
  }
  va_list arguments;
  va_start(arguments, format);
  trace_->add(thread_name(current_), format_text(format, arguments));
  va_end(arguments);
}

std::string Machine::show(Location location, std::uint64_t value) const {
  switch (meanings_[location]) {
    case Meaning::slot_word:
      return show_slot_word(value);
    case Meaning::spinlock_word:
      return show_spinlock_word(value);
    case Meaning::entry_word:
      return show_entry_word(value);
    case Meaning::bits:
      return show_bits(value);
    case Meaning::waiter_word:
    case Meaning::number:
      break;
  }
  return show_number(value);
}

const char* Machine::thread_name(ThreadIndex thread) const {
  return thread < count_ ? threads_[thread].name : "(start)";
}

void Machine::check_known() {
  if (search_->wants_state() && search_->is_known(state())) {
    return_to_driver(Outcome::pruned);
  }
}

std::uint64_t Machine::state() const {
  std::uint64_t sum = mix(memory_.hash(), other_hash_, now_);
  for (ThreadIndex i = 0; i < count_; ++i) {
    const Thread& thread = threads_[i];
    const unsigned flags = static_cast<unsigned>(thread.status) << 4 | unsigned{thread.has_spun} << 3 |
                           unsigned{thread.has_spun && thread.others_have_stored} << 2 |
                           unsigned{thread.is_impatient} << 1 | unsigned{thread.timed_out};
    sum += mix(i, memory_.thread_hash(i), flags);
  }
  for (unsigned i = 0; i < kLocks; ++i) {
    if (locks_[i].hash != 0) {
      sum += mix(i, locks_[i].hash, locks_[i].holder);
    }
  }
  return mix(sum, current_);
}

}  // namespace datablock::model
