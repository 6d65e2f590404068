"""The ready-made expressions, (group, label) -> values; a name that ends in `*` stands for both sides.

The emotions follow the action units of FACS (Ekman and Friesen), the visemes the usual fifteen mouth shapes of
speech less silence.
"""
EXPRESSIONS = {
    # AU 6 + 12
    ("Emotions", "Happiness"): {"mouthSmile*": 0.8, "cheekSquint*": 0.65, "eyeSquint*": 0.2, "mouthUpperUp*": 0.15},
    # AU 1 + 4 + 15 + 17
    ("Emotions", "Sadness"): {"browInnerUp*": 0.9, "browDown*": 0.25, "mouthFrown*": 0.75, "mouthShrugLower": 0.3,
                              "mouthShrugUpper": 0.1, "eyeSquint*": 0.2, "eyeLookDown*": 0.25},
    # AU 1 + 2 + 5 + 26
    ("Emotions", "Surprise"): {"browInnerUp*": 0.9, "browOuterUp*": 0.9, "eyeWide*": 0.7, "jawOpen": 0.35},
    # AU 1 + 2 + 4 + 5 + 7 + 20 + 26
    ("Emotions", "Fear"): {"browInnerUp*": 1.0, "browOuterUp*": 0.3, "browDown*": 0.35, "eyeWide*": 0.75,
                           "mouthStretch*": 0.6, "jawOpen": 0.18, "mouthLowerDown*": 0.3},
    # AU 4 + 5 + 7 + 23
    ("Emotions", "Anger"): {"browDown*": 1.0, "eyeWide*": 0.15, "eyeSquint*": 0.45, "noseSneer*": 0.35,
                            "mouthPress*": 0.6, "mouthFrown*": 0.35},
    # AU 9 + 15 + 16
    ("Emotions", "Disgust"): {"noseSneer*": 0.9, "browDown*": 0.5, "mouthUpperUp*": 0.45, "mouthFrown*": 0.45,
                              "mouthLowerDown*": 0.15, "cheekSquint*": 0.4, "eyeSquint*": 0.3},
    # AU 12 + 14 on one side
    ("Emotions", "Contempt"): {"mouthSmile_L": 0.35, "mouthDimple_L": 0.7, "cheekSquint_L": 0.2, "browOuterUp_L": 0.2,
                               "mouthPress_R": 0.2, "eyeSquint*": 0.2},
    ("Emotions", "Laughter"): {"mouthSmile*": 0.95, "cheekSquint*": 0.9, "eyeSquint*": 0.25, "jawOpen": 0.38,
                               "mouthUpperUp*": 0.35, "mouthLowerDown*": 0.2, "browInnerUp*": 0.2},
    ("Emotions", "Tenderness"): {"mouthSmile*": 0.4, "browInnerUp*": 0.4, "eyeSquint*": 0.25, "cheekSquint*": 0.25},
    ("Emotions", "Boredom"): {"eyeBlink*": 0.35, "eyeLookDown*": 0.15, "mouthFrown*": 0.25, "mouthLeft": 0.15,
                              "mouthPress_L": 0.3},
    ("Emotions", "Doubt"): {"browOuterUp_L": 0.9, "browInnerUp_L": 0.5, "browDown_R": 0.6, "eyeSquint_R": 0.35,
                            "mouthPress*": 0.3, "mouthFrown_R": 0.4, "mouthRight": 0.15},
    ("Emotions", "Pain"): {"browDown*": 0.9, "browInnerUp*": 0.5, "eyeBlink*": 0.6, "eyeSquint*": 0.7,
                           "cheekSquint*": 0.8, "noseSneer*": 0.6, "mouthStretch*": 0.6, "mouthUpperUp*": 0.5,
                           "mouthLowerDown*": 0.3, "jawOpen": 0.08},
    ("Visemes", "PP"): {"mouthRollLower": 0.3, "mouthRollUpper": 0.3, "mouthPress*": 0.25, "jawOpen": 0.08,
                        "mouthClose": 0.08},
    ("Visemes", "FF"): {"mouthRollLower": 0.45, "mouthUpperUp*": 0.3, "jawOpen": 0.04, "mouthShrugLower": 0.15},
    ("Visemes", "TH"): {"jawOpen": 0.17, "mouthLowerDown*": 0.2, "mouthUpperUp*": 0.15},
    ("Visemes", "DD"): {"jawOpen": 0.12, "mouthLowerDown*": 0.35, "mouthUpperUp*": 0.15, "mouthStretch*": 0.1},
    ("Visemes", "KK"): {"jawOpen": 0.22, "mouthStretch*": 0.2, "mouthLowerDown*": 0.15},
    ("Visemes", "CH"): {"mouthFunnel": 0.65, "mouthPucker": 0.2, "jawOpen": 0.06, "mouthUpperUp*": 0.1},
    ("Visemes", "SS"): {"mouthStretch*": 0.3, "mouthSmile*": 0.15, "mouthLowerDown*": 0.4, "mouthUpperUp*": 0.25,
                        "jawOpen": 0.02},
    ("Visemes", "NN"): {"jawOpen": 0.14, "mouthLowerDown*": 0.2, "mouthUpperUp*": 0.1},
    ("Visemes", "RR"): {"mouthFunnel": 0.4, "mouthPucker": 0.25, "jawOpen": 0.12},
    ("Visemes", "AA"): {"jawOpen": 0.55, "mouthLowerDown*": 0.3, "mouthUpperUp*": 0.15},
    ("Visemes", "E"): {"jawOpen": 0.28, "mouthStretch*": 0.3, "mouthSmile*": 0.25, "mouthLowerDown*": 0.25,
                       "mouthUpperUp*": 0.15},
    ("Visemes", "I"): {"jawOpen": 0.15, "mouthSmile*": 0.45, "mouthStretch*": 0.2, "mouthLowerDown*": 0.2,
                       "mouthUpperUp*": 0.15},
    ("Visemes", "O"): {"jawOpen": 0.35, "mouthFunnel": 0.6, "mouthPucker": 0.25},
    ("Visemes", "U"): {"mouthPucker": 0.75, "mouthFunnel": 0.35, "jawOpen": 0.08},
    ("Poses", "Brow raise"): {"browInnerUp*": 1.0, "browOuterUp*": 1.0},
    ("Poses", "Frown"): {"browDown*": 1.0, "eyeSquint*": 0.3, "noseSneer*": 0.15},
    ("Poses", "Broad smile"): {"mouthSmile*": 1.0, "cheekSquint*": 0.6, "mouthUpperUp*": 0.35, "mouthLowerDown*": 0.1},
    ("Poses", "Sneer"): {"noseSneer*": 1.0, "mouthUpperUp*": 0.6, "browDown*": 0.4, "cheekSquint*": 0.3},
    ("Poses", "Squint"): {"eyeSquint*": 1.0, "cheekSquint*": 0.8, "browDown*": 0.4},
    ("Poses", "Pucker"): {"mouthPucker": 1.0},
    ("Poses", "Kiss"): {"mouthPucker": 0.9, "mouthFunnel": 0.1, "eyeBlink*": 1.0, "browInnerUp*": 0.2},
    ("Poses", "Scream"): {"jawOpen": 0.95, "browDown*": 0.7, "noseSneer*": 0.6, "mouthUpperUp*": 0.5,
                          "mouthLowerDown*": 0.5, "mouthStretch*": 0.5, "cheekSquint*": 0.6, "eyeSquint*": 0.4},
    ("Poses", "Wink left"): {"eyeBlink_L": 1.0, "cheekSquint_L": 0.7, "mouthSmile_L": 0.5, "mouthSmile_R": 0.2,
                             "browDown_L": 0.2},
    ("Poses", "Wink right"): {"eyeBlink_R": 1.0, "cheekSquint_R": 0.7, "mouthSmile_R": 0.5, "mouthSmile_L": 0.2,
                              "browDown_R": 0.2},
    ("Poses", "Eyes closed"): {"eyeBlink*": 1.0},
    ("Poses", "Puffed cheeks"): {"cheekPuff*": 1.0, "mouthPress*": 0.2},
    ("Poses", "Mouth shrug"): {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.7, "mouthFrown*": 0.5, "browInnerUp*": 0.3},
    ("Poses", "Side eye"): {"eyeLookOut_L": 0.8, "eyeLookIn_R": 0.8, "eyeSquint*": 0.25, "mouthPress*": 0.2},
}
