//! Why an action does nothing, as a sentence for people.

/// Why an action was refused. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("There is no question to ask.")]
    NothingToAsk,
    #[error("The set has not begun.")]
    NotBegun,
    #[error("The set has begun.")]
    HasBegun,
    #[error("The set is paused: resume it first.")]
    Paused,
    #[error("The set is not paused.")]
    NotPaused,
    #[error("Time is up: what you had chosen counts.")]
    TimeUp,
    #[error("The set is over.")]
    Over,
    #[error("The set is not over.")]
    NotOver,
    #[error("The question has no such option.")]
    NoSuchOption,
    #[error("{wanted} of {wanted} chosen: take one back first.")]
    Full { wanted: u8 },
    #[error("Choose an answer first.")]
    NothingChosen,
    #[error("{chosen} of {wanted} chosen: choose {} more.", .wanted.saturating_sub(*.chosen))]
    Incomplete { chosen: u8, wanted: u8 },
    #[error("You have chosen that option: take it back first.")]
    StrikesChosen,
    #[error("This question is answered: undo takes the answer back.")]
    Answered,
    #[error("Answer the question first.")]
    NotAnswered,
    #[error("This set goes one way: each question is answered in turn.")]
    OneWay,
    #[error("There is no question in that direction.")]
    NoFurther,
    #[error("The course no longer has that question.")]
    Gone,
    #[error("Look at the overview first, and submit from there.")]
    NotInOverview,
    #[error("Choose a question first: this is the overview.")]
    InOverview,
    #[error("No answer of yours can be taken back.")]
    NothingToUndo,
    #[error("That key came right after the last step: press it again.")]
    TooSoon,
    #[error("Read the explanation to its end first, or leave it with the other key.")]
    ReadFirst,
    #[error("You were certain and it was wrong: read why, and leave it with the other key.")]
    ConfidentlyWrong,
}
