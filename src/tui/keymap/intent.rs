//! What keys mean. The sentence beside each intent is its documentation here and on the help page.

/// Declares the intents, each with the sentence that the help page shows.
macro_rules! intents {
    ($(#[doc = $doc:literal] $name:ident $(($place:ty))?,)*) => {
        /// What the learner means by a key. An intent with a number means the option or fault at this
        /// position on the screen, from 0.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Intent {
            $(#[doc = $doc] $name $(($place))?,)*
        }

        impl Intent {
            /// What the intent does, as the help page says it.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $doc.trim_ascii(),)*
                }
            }
        }
    };
}

intents! {
    /// Ends the program; all is saved
    Quit,
    /// Goes to the shell; fg comes back
    Suspend,
    /// Shows every key
    Help,
    /// Goes back to the screen before
    Leave,
    /// Does what comes next here
    GoOn,
    /// Opens the list of lessons
    Contents,
    /// Opens the overview of the course
    Overview,
    /// Lists the courses
    Courses,
    /// Asks a set of timed questions
    Traps,
    /// Runs the course's architecture
    Live,
    /// Moves down a line or an item
    Down,
    /// Moves up a line or an item
    Up,
    /// Moves down a page
    PageDown,
    /// Moves up a page
    PageUp,
    /// Scrolls down half a page
    HalfDown,
    /// Scrolls up half a page
    HalfUp,
    /// Goes to the first line or item
    Top,
    /// Goes to the last line or item
    Bottom,
    /// Goes to the next heading
    NextHeading,
    /// Goes to the heading before
    PreviousHeading,
    /// Opens the next lesson
    NextLesson,
    /// Opens the lesson before
    PreviousLesson,
    /// Makes this the reading position
    ReadHere,
    /// Finds text, or filters a list
    Search,
    /// Goes to the next hit
    NextHit,
    /// Goes to the hit before
    PreviousHit,
    /// Deletes the last character
    Erase,
    /// Chooses the option of this key
    Choose(u8),
    /// Chooses the option at the cursor
    ToggleOption,
    /// Stops or restarts the clock
    Pause,
    /// Opens the lesson about this
    Lesson,
    /// Shows this in a running design
    SeeRun,
    /// Starts or stops the run's clock
    Run,
    /// Goes to the next occurrence
    Step,
    /// Goes to the occurrence before
    StepBack,
    /// Goes on by a second
    StepSecond,
    /// Goes back by a second
    BackSecond,
    /// Goes forward on the timeline
    ScrubOn,
    /// Goes back on the timeline
    ScrubBack,
    /// Goes to the start of the run
    ToStart,
    /// Goes to the latest instant reached
    ToReached,
    /// Goes to the next unusual moment
    NextMoment,
    /// Goes to the unusual moment before
    PreviousMoment,
    /// Plays the run faster
    Faster,
    /// Plays the run slower
    Slower,
    /// Runs again from the start
    Restart,
    /// Runs again with another seed
    Seed,
    /// Injects the fault of this key
    Break(u8),
    /// Lists the faults to inject
    Faults,
    /// Lists the settings to change
    Tune,
    /// Raises the value at the cursor
    More,
    /// Lowers the value at the cursor
    Less,
    /// Applies it from the run's start
    FromStart,
    /// Asks for the value at the cursor
    TypeValue,
    /// Takes back the last change
    Undo,
    /// Writes the run to a TOML file
    Save,
    /// Sends dead letters back
    Redrive,
    /// Replays what an archive has
    Replay,
    /// Follows one by its number
    Follow,
    /// Goes to the next failure
    NextFailure,
    /// Selects the next part
    NextPart,
    /// Selects the part before
    PreviousPart,
    /// Shows the next page of this part
    NextPage,
    /// Shows the page of this part before
    PreviousPage,
    /// Runs another design beside this
    Compare,
    /// Switches motion: full, reduced, off
    Motion,
    /// Lists labs and incidents
    Labs,
    /// Looks up a term
    Glossary,
    /// Tells the incident's hint
    Hint,
    /// Runs the incident's solution
    Solution,
}
