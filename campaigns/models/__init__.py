"""What we say, to whom, where, when and what came of it. One module per subject."""

from campaigns.models.activities import Activity, ActivityResult
from campaigns.models.approvals import Approval
from campaigns.models.assignments import Assignment, Reminder, Step, TranslationBasis
from campaigns.models.consents import Consent
from campaigns.models.ledger import LedgerRow
from campaigns.models.links import ClickCount, PersonalLink, TrackedLink
from campaigns.models.pages import (
    CampaignContent,
    EventGroupText,
    EventPage,
    GroupText,
    MaterialGroupText,
    MaterialPage,
    ProgrammeItem,
    SectionPage,
)
from campaigns.models.places import Place, PlaceChange
from campaigns.models.plans import Agency, Campaign, Indicator, LegalBasis, Plan, PlanTarget, PlanTask
from campaigns.models.posters import BatchState, PosterBatch, PosterLink
from campaigns.models.postings import (
    AlertTemplate,
    Audience,
    AudienceLanguage,
    Bulletin,
    BulletinState,
    ManualPost,
    Posting,
    PostingItem,
    PostingState,
    Urgency,
)
from campaigns.models.reader_reviews import (
    BackTranslation,
    NativeReader,
    OutsideTranslation,
    ReaderVerdict,
    ReviewRequest,
)
from campaigns.models.reports import ReportTemplate, SignedReport
from campaigns.models.review import FourEyesTask, NativeReviewTask
from campaigns.models.rollups import LedgerDay, LedgerMonth
from campaigns.models.safeguards import (
    DecisionKind,
    FindingDecision,
    HotlineCheck,
    RulebookChoice,
    RulebookVersion,
)
from campaigns.models.sound import SoundKind, SoundPiece, SoundState, SoundWork
from campaigns.models.speech import SpokenWord
from campaigns.models.stations import Fault, Outcome, Playback, Slot, Station
from campaigns.models.vocabulary import ContentHead, Hotline, Language, RightsText, TargetGroup

__all__ = [
    "Activity",
    "ActivityResult",
    "Agency",
    "AlertTemplate",
    "Approval",
    "Assignment",
    "Audience",
    "AudienceLanguage",
    "BackTranslation",
    "BatchState",
    "Bulletin",
    "BulletinState",
    "Campaign",
    "CampaignContent",
    "ClickCount",
    "Consent",
    "ContentHead",
    "DecisionKind",
    "EventGroupText",
    "EventPage",
    "Fault",
    "FindingDecision",
    "FourEyesTask",
    "GroupText",
    "Hotline",
    "HotlineCheck",
    "Indicator",
    "Language",
    "LedgerDay",
    "LedgerMonth",
    "LedgerRow",
    "LegalBasis",
    "ManualPost",
    "MaterialGroupText",
    "MaterialPage",
    "NativeReader",
    "NativeReviewTask",
    "Outcome",
    "OutsideTranslation",
    "PersonalLink",
    "Place",
    "PlaceChange",
    "Plan",
    "PlanTarget",
    "PlanTask",
    "Playback",
    "PosterBatch",
    "PosterLink",
    "Posting",
    "PostingItem",
    "PostingState",
    "ProgrammeItem",
    "ReaderVerdict",
    "Reminder",
    "ReportTemplate",
    "ReviewRequest",
    "RightsText",
    "RulebookChoice",
    "RulebookVersion",
    "SectionPage",
    "SignedReport",
    "Slot",
    "SoundKind",
    "SoundPiece",
    "SoundState",
    "SoundWork",
    "SpokenWord",
    "Station",
    "Step",
    "TargetGroup",
    "TrackedLink",
    "TranslationBasis",
    "Urgency",
]
