// How the next of several possible steps is chosen: everything within a budget, depth first; at random; or as
// told.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/state_cache.hpp"

namespace datablock::model {

enum class OptionKind : std::uint8_t {
  go,     ///< thread `argument` makes the next step
  kill,   ///< the thread whose turn it is dies here
  hurry,  ///< thread `argument` has slept long enough: its sleep ends although others can run
  read,   ///< the load returns the store that is `argument` older than the latest
};

/// What an option uses up.
enum class Cost : std::uint8_t { preemption, stale_read, early_timeout, crash, none };
inline constexpr std::size_t kCosts = 4;

struct Option {
  OptionKind kind = OptionKind::go;
  std::uint8_t argument = 0;
  Cost cost = Cost::none;

  friend bool operator==(const Option&, const Option&) = default;
};

/// How often each cost may be paid, or has been, in one run.
struct Budget {
  std::array<std::uint8_t, kCosts> of{};

  std::uint8_t& operator[](Cost cost) { return of[static_cast<std::size_t>(cost)]; }
  std::uint8_t operator[](Cost cost) const { return of[static_cast<std::size_t>(cost)]; }
};

/// The options of one step, the first of them the ordinary one.
class Options {
 public:
  void add(Option option) {
    if (count_ < options_.size()) {
      options_[count_++] = option;
    }
  }
  std::uint8_t count() const { return count_; }
  const Option& operator[](std::size_t i) const { return options_[i]; }

 private:
  std::uint8_t count_ = 0;
  std::array<Option, 15> options_;
};

/// One source of decisions. The machine asks; between two begin() calls lies one run.
class Search {
 public:
  virtual ~Search() = default;
  virtual void begin() = 0;
  virtual bool affords(Cost cost) const = 0;
  /// Index of the option to take.
  virtual std::size_t choose(const Options& options) = 0;
  /// Has the state been explored already, with as much left to spend?
  virtual bool is_known(std::uint64_t state) = 0;
  /// Does it ask for is_known() at this moment?
  virtual bool wants_state() const = 0;
};

/// Depth first through all runs whose costs stay within `bounds`.
class ExhaustiveSearch final : public Search {
 public:
  ExhaustiveSearch(Budget bounds, StateCache& known) : bounds_(bounds), known_(known) { known_.clear(); }

  void begin() override;
  bool affords(Cost cost) const override { return cost == Cost::none || used_[cost] < bounds_[cost]; }
  std::size_t choose(const Options& options) override;
  bool is_known(std::uint64_t state) override;
  bool wants_state() const override { return depth_ >= path_.size(); }

  /// To the next run; false when there is none.
  bool advance();

 private:
  struct Decision {
    Options options;
    std::uint8_t taken = 0;
  };

  Budget bounds_;
  Budget used_;
  StateCache& known_;
  std::vector<Decision> path_;
  std::size_t depth_ = 0;
};

/// Random walk; how eager it is to interrupt, to read old values and to kill differs from seed to seed.
class RandomSearch final : public Search {
 public:
  /// At most `bounds` crashes and early time-outs; preemptions and stale reads as they come.
  RandomSearch(std::uint64_t seed, Budget bounds) : seed_(seed), bounds_(bounds) {}

  void begin() override;
  bool affords(Cost cost) const override;
  std::size_t choose(const Options& options) override;
  bool is_known(std::uint64_t) override { return false; }
  bool wants_state() const override { return false; }

 private:
  std::uint64_t next();
  bool happens(unsigned per_mille) { return next() % 1000 < per_mille; }

  std::uint64_t seed_;
  std::uint64_t state_ = 0;
  Budget bounds_;
  Budget used_;
  std::array<unsigned, kCosts> eagerness_{};  ///< per mille, by cost
};

/// A decision that was not the ordinary one: at which of the run's decisions, and what.
struct Deviation {
  std::uint32_t at = 0;
  Option option;
};

/// Follows a list of deviations, which also is the short form of a run: "12:s1 40:r1 57:k".
class Replay final : public Search {
 public:
  explicit Replay(std::vector<Deviation> deviations) : deviations_(std::move(deviations)) {}

  void begin() override {
    next_ = 0;
    count_ = 0;
  }
  bool affords(Cost) const override { return true; }
  std::size_t choose(const Options& options) override;
  bool is_known(std::uint64_t) override { return false; }
  bool wants_state() const override { return false; }

 private:
  std::vector<Deviation> deviations_;
  std::size_t next_ = 0;
  std::uint32_t count_ = 0;
};

std::string to_string(const std::vector<Deviation>& deviations);
std::vector<Deviation> parse_deviations(const std::string& text);

}  // namespace datablock::model
